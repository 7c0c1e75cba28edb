# shellcheck shell=bash
# web again: a server of QUIC, beside Apache on the same port of TCP. No free server speaks SMB over QUIC.

quic_start() {
  daemon quic web "$VENV/bin/python" "$LAB/clients/quic_peer.py" server 10.77.0.13 443 "$RUN/web/tls.crt" "$RUN/web/tls.key"
}
