"""The past on the desk: the plan, the curves, the queue and the pictures of any second, and what moves through it."""
