"""What the model is asked besides the review, and how its answers are read: one request and one reader a question."""
