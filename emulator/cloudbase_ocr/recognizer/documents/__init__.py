"""One module for each document, which of them a picture shows, and what a reply proves."""
