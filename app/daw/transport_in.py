"""Messages of a workstation for the transport: those that Reaper sends (`/play`, `/stop`, `/pause`, `/time`)."""

from app.osc.messages import OscMessage
from engine.daw.following import Follower


def take_message(message: OscMessage, follower: Follower, now_s: float) -> bool:
    """Pass a message on; returns whether it was one of the transport. Without a value a message means yes."""
    is_yes = message.values[0] >= 0.5 if message.values else True
    match message.address:
        case "/play" if is_yes:
            follower.start(now_s)
        case "/play":
            follower.stop()
        case "/stop" | "/pause":
            if is_yes:
                follower.stop()
        case "/time" if message.values:
            follower.tell(max(0.0, message.values[0]), now_s)
        case _:
            return False
    return True
