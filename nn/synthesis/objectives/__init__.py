"""What a picture is to be like."""
