# shellcheck shell=bash
# MS-CHAP in RADIUS, in EAP and in PPP.
CLIENT='radtest' SERVER='FreeRADIUS'
FILTER='udp port 1812'
radius() { client radtest -t "$1" alice "$2" 10.77.0.13 0 testing123; }
eap() { client eapol_test -a 10.77.0.13 -s testing123 -t 10 -c "$RUN/radius/$1.conf"; }

scenario 12-radius-mschapv1 'MS-CHAP version 1 in RADIUS.' radius mschap "$PASSWORD"
scenario 12-radius-mschapv1-wrong 'MS-CHAP version 1 with a wrong password.' radius mschap wrong
scenario 12-radius-chap 'CHAP with MD5 in RADIUS: no MS-CHAP, no NTLM.' radius chap "$PASSWORD"
scenario 12-radius-pap 'PAP in RADIUS: no MS-CHAP, no NTLM.' radius pap "$PASSWORD"
CLIENT='eapol_test'
scenario 12-eap-mschapv2 'EAP-MSCHAPv2 without a tunnel.' eap eap-mschapv2
scenario 12-eap-mschapv2-wrong 'EAP-MSCHAPv2 with a wrong password.' eap eap-mschapv2-wrong
scenario 12-peap-mschapv2 'PEAP to the first server; the inner EAP-MSCHAPv2 goes on to the second in plain RADIUS.' eap peap
scenario 12-peap-mschapv2-wrong 'PEAP with a wrong password; the inner EAP-MSCHAPv2 goes on to the second server in plain RADIUS, which refuses it.' eap peap-wrong
scenario 12-ttls-mschapv2 'TTLS to the first server; the inner MS-CHAPv2 goes on to the second in plain RADIUS.' eap ttls
scenario 12-ttls-pap 'TTLS with PAP inside: no MS-CHAP.' eap ttls-pap
unset FILTER

CLIENT='pppd, rp-pppoe' SERVER='pppd, rp-pppoe'
ppp_scenario 12-pppoe-mschapv2 'MS-CHAPv2 in PPPoE.'
ppp_scenario 12-pppoe-mschapv2-wrong 'MS-CHAPv2 in PPPoE with a wrong password.'
ppp_scenario 12-pppoe-mschapv1 'MS-CHAP version 1 in PPPoE.'
ppp_scenario 12-pppoe-chap-md5 'CHAP with MD5 in PPPoE: no MS-CHAP.'
ppp_scenario 12-pppoe-pap 'PAP in PPPoE: no MS-CHAP.'
CLIENT='pppd, pptp' SERVER='pppd, pptpd'
ppp_scenario 12-pptp-mschapv2 'MS-CHAPv2 in PPTP, and MPPE after it.'
ppp_scenario 12-pptp-mschapv2-wrong 'MS-CHAPv2 in PPTP with a wrong password.'
CLIENT='pppd, xl2tpd' SERVER='pppd, xl2tpd'
ppp_scenario 12-l2tp-mschapv2 'MS-CHAPv2 in L2TP.'
