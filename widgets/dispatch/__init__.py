"""Who was told of what, by which way (通知), and the sound of this seat. Console side; knows no station."""
