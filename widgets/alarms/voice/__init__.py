"""The Chinese voice of the desk (中文语音播报): what is said of an alarm, in which order, and by which engine. Console side."""
