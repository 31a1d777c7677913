"""Who may do what with a page."""


def may_edit(is_owner: bool, is_admin: bool, is_locked: bool) -> bool:
    """Tell whether a user may edit a page: owners and admins may, but nobody while it is locked."""
    return (is_owner or is_admin) and not is_locked
