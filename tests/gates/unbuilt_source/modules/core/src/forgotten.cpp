// Nobody builds this file.
