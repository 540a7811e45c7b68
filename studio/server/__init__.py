"""The web server: the application, its safety, and the processes that it keeps."""
