"""Word games."""


def is_palindrome(text: str) -> bool:
    """Tell whether a text reads the same backwards, ignoring case and punctuation.

    is_palindrome("Never odd or even") -> True
    """
    # casefold instead of lower: some letters have several small forms
    letters = [letter for letter in text.casefold() if letter.isalnum()]
    return letters == letters[::-1]
