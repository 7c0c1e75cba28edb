# shellcheck shell=bash
# The mirror port carries the frames on inside a tunnel, with tags or with labels.
CLIENT='smbclient, Open vSwitch' SERVER='Samba smbd'
NTLM=(smb "${FS[@]}" -c ls)
KRB5=(smb //fs.lab.test/data "${ALICE_UPN[@]}" -c ls)

mirrored_scenario 16-vxlan 'A mirror in VXLAN.' output:t_vxlan "${NTLM[@]}"
mirrored_scenario 16-geneve 'A mirror in Geneve.' output:t_geneve "${NTLM[@]}"
mirrored_scenario 16-gre 'A mirror in GRE with Ethernet inside.' output:t_gre "${NTLM[@]}"
mirrored_scenario 16-erspan-2 'A mirror in ERSPAN type II.' output:t_erspan "${KRB5[@]}"
mirrored_scenario 16-erspan-3 'A mirror in ERSPAN type III.' output:t_erspan3 "${KRB5[@]}"
mirrored_scenario 16-vlan 'Frames with a VLAN tag.' 'push_vlan:0x8100,set_field:4173->vlan_vid,output:p_tag' "${NTLM[@]}"
mirrored_scenario 16-vlan-krb5 'Kerberos in frames with a VLAN tag.' 'push_vlan:0x8100,set_field:4173->vlan_vid,output:p_tag' "${KRB5[@]}"
mirrored_scenario 16-qinq 'Frames with two VLAN tags.' \
  'push_vlan:0x8100,set_field:4173->vlan_vid,push_vlan:0x88a8,set_field:4296->vlan_vid,output:p_tag' "${NTLM[@]}"
mirrored_scenario 16-mpls 'Frames with an MPLS label.' 'push_mpls:0x8847,set_field:100->mpls_label,output:p_tag' "${NTLM[@]}"
mirrored_scenario 16-vlan-in-vxlan 'Frames with a VLAN tag, in VXLAN.' 'push_vlan:0x8100,set_field:4173->vlan_vid,output:t_vxlan' "${NTLM[@]}"
mirror_down
