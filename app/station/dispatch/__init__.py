"""Telling responsible people of alarms (报警通知外发): rules, outbox, one worker an outlet. Station side."""
