"""Finds names and unusual words in what a page says of its video. Pure: text in, terms out."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

IsCommon = Callable[[str], bool]

TERM_WORDS = 3  # of one name
TERM_LENGTH = 40  # characters; longer is an address or a script without blanks
LEAST_LETTERS = 3
_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
_SENTENCE_ENDS = re.compile(r"[.!?:…\n\"“”♪|–—()\[\]]")
_FOREIGN_SHARE = 0.25  # of the words unusual: the list of common words is not of this language
_FOREIGN_LEAST = 12  # words, to tell


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    unusual: bool
    capital: bool  # written large, though no sentence begins with it
    joined: bool  # only a blank between it and the word before


def terms_of(texts: Iterable[str], is_common: IsCommon) -> list[str]:
    """Names and unusual words of ``texts`` in their order, each once.

    A word is unusual where ``is_common`` does not know it; it is taken with the capitalised words beside it ("Marisol
    Quintero"). Numbers never are. Text in a language that ``is_common`` does not know yields capitalised words only.
    """
    read = [_tokens(text, is_common) for text in texts]
    everything = [token for tokens in read for token in tokens]
    unusual = sum(token.unusual for token in everything)
    foreign = len(everything) >= _FOREIGN_LEAST and unusual > _FOREIGN_SHARE * len(everything)
    found = (term for tokens in read for term in _runs(tokens, foreign=foreign))
    return list({term.casefold(): term for term in found if len(term) <= TERM_LENGTH}.values())


def _tokens(text: str, is_common: IsCommon) -> list[_Token]:
    shouted = text.upper() == text
    words = list(_WORD.finditer(text))
    large = [word.group()[0].isupper() for word in words if len(word.group()) > 3]
    titled = len(large) >= 3 and sum(large) > 0.7 * len(large)  # Every Word Has a Capital
    tokens: list[_Token] = []
    end = 0
    for word in words:
        between = text[end : word.start()]
        begins = not tokens or bool(_SENTENCE_ENDS.search(between))
        unusual = _is_unusual(word.group(), is_common)
        capital = word.group()[0].isupper() and not shouted and (unusual or not (begins or titled))
        shown = word.group().capitalize() if shouted else word.group()
        named = re.sub(r"['’]s$", "", shown)
        tokens.append(_Token(named, unusual, capital, between == " "))
        end = word.start() + len(named)  # what somebody owns is no part of the name
    return tokens


def _runs(tokens: list[_Token], *, foreign: bool) -> Iterator[str]:
    """Unusual words, each with the capitalised ones around it."""
    run: list[_Token] = []
    for token in [*tokens, None]:
        if token is not None and run and token.capital and token.joined and run[-1].capital and len(run) < TERM_WORDS:
            run.append(token)
            continue
        if any(each.unusual and (each.capital or not foreign) for each in run):
            yield " ".join(each.text for each in run)
        run = [token] if token is not None and (token.capital or token.unusual) else []


def _is_unusual(word: str, is_common: IsCommon) -> bool:
    parts = re.split(r"[.&-]", re.sub(r"['’]\w{0,2}$", "", word))
    if sum(map(str.isalpha, word)) < LEAST_LETTERS or any(map(str.isdigit, word)):
        return False
    return not all(is_common(part) for part in parts)
