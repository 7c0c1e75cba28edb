//! IPv4 (RFC 791), IPv6 (RFC 8200) and its extension headers.

use etherparse::err::{ip_auth, ipv4, ipv6};
use etherparse::{
    IpAuthHeaderSlice, IpNumber, Ipv4HeaderSlice, Ipv6FragmentHeaderSlice, Ipv6HeaderSlice,
    Ipv6RawExtHeaderSlice,
};

use super::fragments::Place;
use super::{End, Next, Path, Piece, gre, icmp, transport, tunnel};
use crate::model::{Address, Layer, Undecoded};

/// Between whom an IP packet goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Hosts {
    pub(super) version: Version,
    pub(super) source: Address,
    pub(super) destination: Address,
}

/// Version of IP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Version {
    #[default]
    V4,
    V6,
}

/// What a header stands before, and its place in a larger packet where it is a fragment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) protocol: IpNumber,
    pub(super) payload: Piece<'a>,
    pub(super) place: Option<Place>,
}

/// IP of the version that the header itself says.
pub(super) fn any(piece: Piece<'_>) -> Result<Next<'_>, Undecoded> {
    let (&[first], _) = piece.chunk::<1>("ip")?;
    match first >> 4 {
        4 => Ok(Next::Ipv4(piece)),
        6 => Ok(Next::Ipv6(piece)),
        _ => Err(Undecoded::Malformed("ip")),
    }
}

/// An IPv4 packet.
pub(super) fn v4<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let part = v4_part(piece, &mut path.hosts)?;
    step(part, path)
}

/// An IPv6 packet.
pub(super) fn v6<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let part = v6_part(piece, &mut path.hosts)?;
    step(part, path)
}

/// Goes on into the payload of an IP header or extension header.
pub(super) fn payload<'a>(
    protocol: IpNumber,
    piece: Piece<'a>,
    path: &mut Path,
) -> Result<Next<'a>, Undecoded> {
    match protocol {
        IpNumber::TCP => Ok(Next::End(End::Found(transport::tcp(piece)?))),
        IpNumber::UDP => {
            let found = transport::udp(piece)?;
            let inner = tunnel::by_ports(found.ports).map(|open| open(found.payload, path)).transpose()?;
            Ok(inner.flatten().unwrap_or(Next::End(End::Found(found))))
        }
        IpNumber::GRE => gre::gre(piece, path),
        IpNumber::IPV4 => {
            path.enter(Layer::IpIp)?;
            Ok(Next::Ipv4(piece))
        }
        IpNumber::IPV6 => {
            path.enter(Layer::IpIp)?;
            Ok(Next::Ipv6(piece))
        }
        IpNumber::MPLS_IN_IP => Ok(Next::Mpls(piece)),
        IpNumber::ICMP | IpNumber::IPV6_ICMP => icmp::icmp(protocol, piece, &mut path.hosts),
        _ => Ok(match extension(path.hosts.version, protocol, piece)? {
            Some(Part { protocol, payload, place: None }) => Next::Payload(protocol, payload),
            Some(Part { protocol, payload, place: Some(place) }) => {
                Next::End(End::Fragment(protocol, payload, place))
            }
            None => Next::End(End::Nothing),
        }),
    }
}

/// The IPv4 header. A total length of 0 is what segmentation offload leaves in a capture on the sending host: the packet then
/// reaches to the end of the frame.
pub(super) fn v4_part<'a>(piece: Piece<'a>, hosts: &mut Hosts) -> Result<Part<'a>, Undecoded> {
    let header = Ipv4HeaderSlice::from_slice(piece.bytes()).map_err(|error| match error {
        ipv4::HeaderSliceError::Len(error) => piece.too_short(error.required_len, "ipv4"),
        ipv4::HeaderSliceError::Content(_) => Undecoded::Malformed("ipv4"),
    })?;
    let whole = match header.total_len() {
        0 => piece,
        // A larger one is an offloading sender's, or bytes are missing, which the sequence numbers will tell.
        len => piece.limited(usize::from(len)),
    };
    let offset = header.fragments_offset().value();
    let place = header.is_fragmenting_payload().then(|| Place {
        id: u32::from(header.identification()),
        offset: usize::from(offset).saturating_mul(8),
        more: header.more_fragments(),
    });
    *hosts = Hosts {
        version: Version::V4,
        source: header.source_addr().into(),
        destination: header.destination_addr().into(),
    };
    Ok(Part { protocol: header.protocol(), payload: whole.skip(header.slice().len(), "ipv4")?, place })
}

/// The IPv6 header. A payload length of 0 is a jumbogram (RFC 2675) or offload: the packet then reaches to the end of the frame.
pub(super) fn v6_part<'a>(piece: Piece<'a>, hosts: &mut Hosts) -> Result<Part<'a>, Undecoded> {
    let header = Ipv6HeaderSlice::from_slice(piece.bytes()).map_err(|error| match error {
        ipv6::HeaderSliceError::Len(error) => piece.too_short(error.required_len, "ipv6"),
        ipv6::HeaderSliceError::Content(_) => Undecoded::Malformed("ipv6"),
    })?;
    let rest = piece.skip(header.slice().len(), "ipv6")?;
    *hosts = Hosts {
        version: Version::V6,
        source: header.source_addr().into(),
        destination: header.destination_addr().into(),
    };
    let payload = match header.payload_length() {
        0 => rest,
        len => rest.limited(usize::from(len)),
    };
    Ok(Part { protocol: header.next_header(), payload, place: None })
}

/// One extension header, or an authentication header of either version. `None` is any other protocol, and what cannot be
/// followed, such as ESP.
pub(super) fn extension(
    version: Version,
    protocol: IpNumber,
    piece: Piece<'_>,
) -> Result<Option<Part<'_>>, Undecoded> {
    let (protocol, len, place) = match (version, protocol) {
        (_, IpNumber::AUTHENTICATION_HEADER) => {
            let header = IpAuthHeaderSlice::from_slice(piece.bytes()).map_err(|error| match error {
                ip_auth::HeaderSliceError::Len(error) => piece.too_short(error.required_len, "ah"),
                ip_auth::HeaderSliceError::Content(_) => Undecoded::Malformed("ah"),
            })?;
            (header.next_header(), header.slice().len(), None)
        }
        (Version::V6, IpNumber::IPV6_FRAGMENTATION_HEADER) => {
            let header = Ipv6FragmentHeaderSlice::from_slice(piece.bytes())
                .map_err(|error| piece.too_short(error.required_len, "ipv6"))?;
            // A packet that is its only fragment (RFC 6946) needs no reassembly.
            let place = header.is_fragmenting_payload().then(|| Place {
                id: header.identification(),
                offset: usize::from(header.fragment_offset().value()).saturating_mul(8),
                more: header.more_fragments(),
            });
            (header.next_header(), header.slice().len(), place)
        }
        (Version::V6, protocol) if Ipv6RawExtHeaderSlice::header_type_supported(protocol) => {
            let header = Ipv6RawExtHeaderSlice::from_slice(piece.bytes())
                .map_err(|error| piece.too_short(error.required_len, "ipv6"))?;
            (header.next_header(), header.slice().len(), None)
        }
        _ => return Ok(None),
    };
    Ok(Some(Part { protocol, payload: piece.skip(len, "ipv6")?, place }))
}

/// Goes straight into the payload: nearly every packet is no fragment and ends there.
fn step<'a>(part: Part<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    match part.place {
        Some(place) => Ok(Next::End(End::Fragment(part.protocol, part.payload, place))),
        None => payload(part.protocol, part.payload, path),
    }
}
