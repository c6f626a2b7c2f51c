"""What is on the page: each panel puts a subject on it. They need the package nicegui."""
