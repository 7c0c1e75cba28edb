# shellcheck shell=bash
# wg once more: the shadow server of FreeRDP, which shows the screen of an X server without one.

DISPLAY_OF_LAB=:77

# winpr's NTLM finds its accounts in a file of LM and NT hashes.
rdp_build() {
  mkdir -p "$RUN/rdp"
  printf 'carol:::%s:::\n' "$("$VENV/bin/python" -c "from impacket.ntlm import compute_nthash; print(compute_nthash('$PASSWORD').hex())")" >"$RUN/rdp/sam"
}

# The screen's socket lies in a folder of the laboratory's own.
rdp_start() {
  mkdir -p /tmp/.X11-unix
  mount -t tmpfs none /tmp/.X11-unix
  daemon xvfb wg Xvfb "$DISPLAY_OF_LAB" -nolock -screen 0 640x480x24 -nolisten tcp
  # The screen may not be there at once.
  daemon rdp wg sh -c 'until "$@"; do sleep 0.5; done' sh env HOME="$RUN/rdp" DISPLAY="$DISPLAY_OF_LAB" freerdp-shadow-cli \
    /port:3389 /bind-address:"$(ipv4 wg)" +auth +sec-nla /sam-file:"$RUN/rdp/sam"
  wait_for_port wg 3389
}
