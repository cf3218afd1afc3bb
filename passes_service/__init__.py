"""Calendar passes: issue, show, verify, transfer and refund them by published rules."""

import zoneinfo

# Time zones come from the locked `tzdata`, not from whatever age the system's copy has: a feed
# and a door must not disagree about summer time because they run on different machines.
zoneinfo.reset_tzpath(to=())
