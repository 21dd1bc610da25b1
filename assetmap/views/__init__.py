"""What readers get: the words, the map and the files, all made from one `Assessment`."""
