"""Live conversations: frames in, events out, over engines that several bedsides share."""

from assistant.live.conversation import Conversation
from assistant.live.engine import Engine

__all__ = ["Conversation", "Engine"]
