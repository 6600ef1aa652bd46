"""Reports of a shift, day, week or month (报表): gathered, written as PDF and sheet, kept, made by themselves. Station side."""
