"""CloudBase as its clients see it: functions, files, logins and cloud calls, each in the form its SDK knows."""
