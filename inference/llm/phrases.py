"""Commands that are a whole utterance: "scratch that", "yes, that one, publish it", "pause".

An utterance is such a command only when it is made of command phrases and small talk and of nothing else. One word
left over ("undo the crop") and it is none: that is what keeps a note from being eaten. Patterns work on ``plain`` text.
"""

import re

MAX_WORDS = 18  # a longer utterance is never small talk alone


def _any(*lines: str) -> str:
    return "(?:" + "|".join(lines) + ")"


_NOTE = r"(?:(?:that|this|the|my|your)(?: very)?(?: last| previous| latest| second)? (?:note|comment|remark)s?)"
_IT = _any(
    _NOTE + r"(?: i (?:just )?(?:made|left|said|added))?",
    r"(?:that|this|the|my)(?: very)? (?:last|previous|latest) (?:one|bit|thing)",
    r"last (?:note|comment|one)",
    r"(?:that|this) one",
    r"(?:all|both) of (?:it|that|them|those|these)",
    "that",
    "this",
    "it",
    "them",
    "those",
    "these",
    "dat",
)
_SAID = (
    r"(?:(?:what|everything|anything|all|the thing)(?: that)? i(?:'ve)?(?: just| ever)? (?:said|say|"
    r"mentioned)|i(?: just| ever)? (?:said|mentioned) (?:anything|that|it|a (?:thing|word)))"
)

# Beside these a wish to post is no clear one: "I don't want that posted", "no post".
_DOUBT = _any(
    "no+",
    "nope",
    "nah",
    r"(?:that's|that is|that was|it's|it was)(?: just)? (?:not (?:right|it|quite right)|wrong|nothing|"
    r"stupid|silly|rubbish|nonsense)",
    r"(?:that's )?not what i (?:meant|said|wanted)(?: to say)?",
    "that came out wrong",
    "wrong one",
    "not that(?: one)?",
    r"i don't (?:want|need|like) (?:it|that|this|that one)(?: anymore| any more)?",
)
_SMALL_TALK = _any(
    "u[hm]+",
    "er+m?",
    "a+h",
    "o+h",
    "hm+",
    "mm+",
    "okay",
    "ok",
    "kay",
    "alright",
    "all right",
    "right",
    "so",
    "go ahead and",
    "well",
    r"(?:wait|hang on|hold on|hold up)(?: a (?:sec|second|minute|moment))?",
    "sorry",
    "apologies",
    "actually",
    "please",
    "hey",
    "hi",
    "yeah",
    "you know(?: what)?",
    "just",
    "and",
    "then",
    "now",
    "right now",
    "thanks",
    "thank you",
    "for me",
    "(?:hey )?side ?note",
    "oh my(?: god)?",
    "(?:can|could|would|will) you(?: just)?",
    "you can",
    "you may",
    "i think",
    "i guess",
    "let's(?: just)?",
    "let me",
    "i(?:'d)? (?:want|like)(?: you)?(?: to)?",
    "i mean",
    "o+ps",
    "whoops",
    "damn",
    "shoot",
    "god",
    "like",
    "completely",
    "entirely",
    "altogether",
    "too",
    "also",
    "but",
    "(?:on )?second thoughts?",
    "come to think of it",
    "i was wrong",
    "i'm wrong",
    "after all",
    "it doesn't matter",
    "doesn't matter",
    "it's (?:fine|okay|ok)",
    "will you",
    "would you",
    "if you (?:can|could|would)",
    "that(?= (?:that|it) )",
    "quick(?:ly)?",
    "we(?:'re| are) (?:fine|okay)",
    "i'm (?:sorry|just)",
    "guys",
    "mate",
    "man",
)

_CANCEL = _any(
    r"(?:scratch(?:ed)?|delete|remove|cancel|discard|undo|erase|strike|ignore|disregard|"
    r"forget(?: about)?|drop|trash|bin|scrap|dismiss|withdraw|revert|toss|chuck|clear|unsay|"
    rf"dump) (?:{_IT}|{_SAID})(?: out| away)?",
    rf"(?:throw|toss|chuck) {_IT} (?:away|out)",
    rf"(?:throw|toss|chuck) (?:away|out) {_IT}",
    rf"(?:i )?take {_IT} back",
    rf"(?:take|rub) back {_IT}",
    rf"(?:kill|lose|get rid of|take out|wipe) (?:{_NOTE}|(?:that|the|this) last (?:one|bit))",
    rf"(?:nuke|abort|rub out) {_IT}",
    r"scratch at",
    "never ?mine?d?",
    "nvm",
    "cancel",
    "undo",
    "discard",
    "delete",
    "abort",
    "scratch",
    "forget",
    "disregard",
    "ignore",
    "false alarm",
    r"(?:that was )?my (?:mistake|bad)",
    r"(?:that was|it was) (?:a|an) (?:mistake|accident|error)(?: of mine)?",
    r"i(?:'ve)? changed my mind",
    r"(?:don't|do not|dont) (?:save|keep|post|send|publish|add|record|log|note|write|make|use|submit|"
    rf"store|include|bother|worry)(?: (?:with |about )?{_IT})?(?: down)?",
    rf"pretend {_SAID}",
    r"pretend i (?:didn't|never|did not) sa(?:y|id) (?:that|anything|it|a (?:word|thing))",
    r"i (?:didn't|did not|never) (?:mean|say|mean to say) (?:that|anything|it|to)",
    r"(?:i wasn't|i was not|wasn't) (?:talking|speaking) to you",
    r"(?:that wasn't|that's not|that was not|this isn't) (?:a note|for you|meant for you|" r"meant as a note)",
    "no don't",
    "don't do that",
    "don't do it",
)

_WHERE = (
    r"(?: (?:off|out|up|over|now|live|online|as is|as it is|like that|in|through|straight away|"
    r"right away|away|already|immediately|to (?:youtube|vimeo|frame io|frameio|the (?:editors?|team|"
    r"client|author|channel|site|video|page|comments))))*"
)
_POST = _any(
    rf"(?:post|send|publish|submit|upload|ship|share) (?:{_IT}|everything|all|them all|"
    rf"all (?:of )?(?:the|my|these|those)? ?notes|the notes|my notes|both|the lot){_WHERE}",
    r"(?:pose|post|posts|boast|poste|posed)[ -](?:it|id|at|et|that|dit)",
    "put it out there",
)
_POST_ALONE = rf"(?:post|publish|submit|send|posted|publishes?){_WHERE}"  # a noun too: "great post"
_PROMPT = _any(
    "please",
    "ok(?:ay)?",
    "al(?:l )?right",
    "right",
    "so",
    "well",
    "u[hm]+",
    "and",
    "then",
    "now",
    "thanks",
    "thank you",
    "(?:hey )?side ?note",
    "(?:can|could|would|will) you(?: just)?",
    "you (?:can|may)",
    "let's(?: just)?",
    "go ahead(?: and)?",
    "ye+s+",
    "ye(?:p|ah)",
    "yup",
    "sure",
    "(?:it |that )?(?:looks|sounds) (?:good|right|fine)",
)
_NOT_YET = rf"(?:don't|do not) (?:post|send|publish|submit) {_IT} (?:yet|just yet|now)"
_KEEP = _any(
    rf"(?:keep|save|confirm|approve|accept|store|lock in) {_IT}(?: as is| as it is| like that|"
    r" the way it is| just like that| exactly like that| down| for now| for later)*",
    rf"lock {_IT} in",
    rf"note {_IT} down",
    "keep",
    "confirm",
    "confirmed",
    "approve",
    "approved",
    "save",
    r"(?:hold|hang) on to (?:it|that(?: one)?)",
    r"ready to (?:post|publish|send|go live)",
)
_AGREE = _any(
    "ye+s+",
    "yep",
    "yeah",
    "yup",
    "yes please",
    "correct",
    "affirmative",
    "(?:it |that )?sounds (?:good|right|fine)",
    "(?:it |that |that all )?looks (?:good|right|fine)(?: to me)?",
    r"(?:that's|that is|it's|that'll be) (?:good|right|correct|fine|the one|okay|what i (?:meant|said|"
    r"wanted)|exactly (?:right|it|what i meant))",
    "that works(?: for me)?",
    "works for me",
    "that'll do",
    "good to go",
    "go (?:right )?ahead",
    "go for it",
    "do it",
    "perfect",
    "exactly",
    "all good",
    "sure",
    "absolutely",
    "definitely",
    "fine by me",
    "happy with (?:that|it)",
    "i'm happy(?: with (?:that|it))?",
    "i agree",
    "agreed",
    "lgtm",
    "for sure",
    "make it so",
)
_PLEASED = _any(
    "great",
    r"(?:it |that |this )?(?:looks|sounds) (?:great|perfect|amazing|awesome|lovely)",
    "good",
    "fine",
    "nice",
    "cool",
    "lovely",
    "brilliant",
    "awesome",
    "excellent",
    "spot on",
    "love it",
    "i (?:like|love) (?:it|that)",
    "beautiful",
    "good enough",
    r"(?:that's|that is|it's|that was) (?:it|all|everything|great|perfect|brilliant|a keeper|done|"
    r"lovely|all i have|all i've got|all from me|enough)(?: for (?:now|me|this one|today))?",
    "i'm (?:done|good|finished|all set|ready)(?: here| now)?",
    "(?:we're|it's|we are|i am) (?:done|good|ready|finished|all set)",
    "got it",
    "to me",
    "that one'?s? good",
    "the way it is",
    "it's ready",
    "as (?:it )?is",
    "ready",
)

_VIDEO = r"(?:it|that|this|(?:the|this|that) (?:video|film|clip|movie|playback|footage|recording|thing))"
_HERE = (
    r"(?: (?:there|here|right there|right here|just there|now|please|for a (?:sec|second|moment|"
    r"minute|bit)|a (?:sec|second|moment|minute)|on that|on this))*"
)
_PAUSE = _any(
    rf"(?:pause|paws|hit pause|press pause|freeze|halt)(?: {_VIDEO})?{_HERE}",
    rf"stop(?: {_VIDEO}| playing(?: {_VIDEO})?| playback)?{_HERE}",
    rf"(?:hold|stop|freeze) it{_HERE}",
    r"hold(?: on)?(?: right)?(?: there| here)",
    rf"hold on{_HERE}",
    "hold",
)
_PLAY = _any(
    rf"(?:play|resume|unpause|un pause|continue|start|restart|roll)(?: (?:{_VIDEO}|playing|playback|on|"
    rf"rolling|watching|from here|from there))*{_HERE}",
    "(?:hit|press) play",
    r"(?:keep|carry) (?:on |it )?(?:playing|going|rolling|watching|on|running)",
    "(?:carry|play|roll) on",
    "go on",
    "keep going",
    rf"let {_VIDEO} (?:play|run|roll|go)(?: on)?",
    "back to (?:playing|the video)",
    "proceed",
)


def _whole(needed: str, *allowed: str) -> re.Pattern[str]:
    """Matches text made of at least one ``needed`` phrase and any number of the others."""
    others = _any(*allowed, needed)
    return re.compile(rf"(?:{others} )*{needed}(?: {others})*")


_TALK = _any(_SMALL_TALK, _DOUBT)
_WHOLE_CANCEL = _whole(_CANCEL, _TALK)
_WHOLE_POST = _whole(_POST, _SMALL_TALK, _AGREE, _PLEASED, _KEEP, _POST_ALONE)
_WHOLE_POST_ALONE = _whole(_POST_ALONE, _PROMPT)
_WHOLE_KEEP = _whole(_any(_KEEP, _NOT_YET, _AGREE), _TALK, _PLEASED)
_POSTING = re.compile(r"\b(?:un|re)?(?:post|send|sent|publish|submit|upload|ship|share|sharing)\w*")
_DENIED = r"(?:not|never|no|nope|nothing|nowhere|without|before|stop|refuse|cannot|dont|[a-z]+n't)"
_DENYING = re.compile(rf"\b{_DENIED}\b")
_DENYING_LAST = re.compile(rf"\b{_DENIED}(?: (?:ever|even|you|dare|just|to))*$")
_WHOLE_DONE = re.compile(
    r"(?:okay |ok |alright |right |so |yeah |and )*(?:that's|that is) (?:all|everything|"
    r"it)(?: from me| for now| i have)?(?: thanks| thank you)?"
)
_WHOLE_PAUSE = _whole(_PAUSE, _TALK)
_WHOLE_PLAY = _whole(_PLAY, _TALK)
_LEADING = re.compile(
    rf"(?:(?!hold (?:on|up) (?!a (?:sec|second|minute|moment)\b)){_TALK} )+"
)  # "hold on her face" is a note
_TRAILING = re.compile(
    r"(?: (?:please|thanks|thank you|for me|okay|ok|now|will you|would you|then|real quick|quickly|"
    r"if you can|a sec))+$"
)
_CORRECTING = re.compile(
    r"\b(?:no+|nope|sorry|actually|wait|oops|whoops|correction|i mean|hang on|hold on|second thoughts?)\b"
)


def cancels(text: str) -> bool:
    """Whether the whole of plain ``text`` scratches the last note."""
    return _short(text) and _WHOLE_CANCEL.fullmatch(text) is not None


def confirms(text: str) -> str | None:
    """ "post" or "keep" when the whole of plain ``text`` says so, else None."""
    if not _short(text):
        return None
    if _WHOLE_POST.fullmatch(text) or _WHOLE_POST_ALONE.fullmatch(text):
        return "post"
    return "keep" if _WHOLE_KEEP.fullmatch(text) or _WHOLE_DONE.fullmatch(text) else None


def speaks_of_posting(text: str) -> bool:
    """Whether plain ``text`` has a word for posting in it. That alone is no wish to post."""
    return _POSTING.search(text) is not None


def denials(text: str) -> int:
    """How often plain ``text`` says no to something: "never post that"."""
    return len(_DENYING.findall(text))


def leaves_denied(text: str) -> bool:
    """Whether plain ``text`` breaks off in a no to whatever is said next: "please don't"."""
    return _DENYING_LAST.search(text) is not None


def playback(text: str) -> str | None:
    """ "pause" or "play" when the whole of plain ``text`` commands the player, else None."""
    if not _short(text):
        return None
    if _WHOLE_PAUSE.fullmatch(text):
        return "pause"
    return "play" if _WHOLE_PLAY.fullmatch(text) else None


def core(text: str) -> tuple[str, bool]:
    """Plain ``text`` without small talk at both ends, and whether that small talk corrects ("no wait", "sorry")."""
    lead = _LEADING.match(text + " ")
    spoken = lead.group() if lead else ""
    rest = text[len(spoken) :] if lead else text
    return _TRAILING.sub("", rest).strip(), bool(_CORRECTING.search(spoken))


def _short(text: str) -> bool:
    return 0 < len(text.split()) <= MAX_WORDS
