# shellcheck shell=bash
# fs again: an RPC proxy to the domain controller. There is no free one; the framing is clients/rpc_proxy.py.

rpcproxy_start() {
  daemon rpcproxy fs /usr/bin/python3 "$LAB/clients/rpc_proxy.py" 80 10.77.0.10
  wait_for_port fs 80
}
