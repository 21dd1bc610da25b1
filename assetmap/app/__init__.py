"""The app in the browser: widgets make Settings, Settings make an Assessment, and pages draw it."""
