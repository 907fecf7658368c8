MISTAKES: dict[str, str] = {}


def title_of(code: str) -> str:
    return code
