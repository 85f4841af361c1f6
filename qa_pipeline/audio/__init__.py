"""Files of sound: decoded in a child process, measured in this one."""
