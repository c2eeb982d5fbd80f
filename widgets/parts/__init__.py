"""What every widget is made of: theme, icons, text, small parts."""
