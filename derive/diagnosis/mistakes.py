MISTAKES = {}
def title_of(code: str) -> str:
    return code
