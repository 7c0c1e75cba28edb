//! Messages that go through a named pipe ([MS-SMB2] 2.2.13, 2.2.14, 2.2.19 to 2.2.22, 2.2.31, 2.2.32).

use super::{Command, HEADER_LEN, Message, fixed};
use crate::frame::size;
use crate::smb::Buffer;
use crate::smb::pipe::PipeMessage;
use crate::{ParseError, Text};
use nom::bytes::complete::take;
use nom::number::complete::{le_u16, le_u32, le_u128, u8};
use nom::{IResult, Parser};

/// The message of a command that can belong to a pipe; [`Message::Other`] where it does not.
pub(super) fn message<'a>(
    command: Command,
    response: bool,
    element: &'a [u8],
    body: &[u8],
) -> Result<Message<'a>, ParseError> {
    Ok(Message::Pipe(match (command, response) {
        (Command::CREATE, false) => {
            let (offset, len) = read(create_request(body), "SMB2 CREATE request", body)?;
            PipeMessage::Open(Text::utf16le(Buffer::of(element, offset, len).bytes))
        }
        (Command::CREATE, true) => {
            PipeMessage::Opened { file: read(create_response(body), "SMB2 CREATE response", body)? }
        }
        (Command::READ, false) => {
            PipeMessage::Asked { file: read(read_request(body), "SMB2 READ request", body)? }
        }
        (Command::READ, true) => {
            let (offset, len) = read(read_response(body), "SMB2 READ response", body)?;
            PipeMessage::Read { bytes: Buffer::at(element, usize::from(offset), size(len)) }
        }
        (Command::WRITE, false) => {
            let (offset, len, file) = read(write_request(body), "SMB2 WRITE request", body)?;
            let bytes = Buffer::at(element, usize::from(offset), size(len));
            PipeMessage::Written { file, bytes, is_asked: false }
        }
        (Command::IOCTL, _) => {
            let ioctl = read(ioctl(body), "SMB2 IOCTL", body)?;
            if ioctl.code != FSCTL_PIPE_TRANSCEIVE {
                return Ok(Message::Other(command));
            }
            let (offset, len) = if response { ioctl.output } else { ioctl.input };
            let bytes = Buffer::at(element, size(offset), size(len));
            if response {
                PipeMessage::Read { bytes }
            } else {
                PipeMessage::Written { file: ioctl.file, bytes, is_asked: true }
            }
        }
        (command, _) => return Ok(Message::Other(command)),
    }))
}

fn read<'a, T>(
    fields: IResult<&'a [u8], T, ()>,
    field: &'static str,
    body: &'a [u8],
) -> Result<T, ParseError> {
    fixed(fields, field, HEADER_LEN, body).map(|(_rest, fields)| fields)
}

fn create_request(i: &[u8]) -> IResult<&[u8], (u16, u16), ()> {
    // StructureSize to CreateOptions.
    let (i, _fixed) = take(44_usize).parse(i)?;
    let (i, name_offset) = le_u16.parse(i)?;
    let (i, name_length) = le_u16.parse(i)?;
    Ok((i, (name_offset, name_length)))
}

fn create_response(i: &[u8]) -> IResult<&[u8], u128, ()> {
    // StructureSize to Reserved2.
    let (i, _fixed) = take(64_usize).parse(i)?;
    le_u128.parse(i)
}

fn read_request(i: &[u8]) -> IResult<&[u8], u128, ()> {
    // StructureSize, Padding, Flags, Length, Offset.
    let (i, _fixed) = take(16_usize).parse(i)?;
    le_u128.parse(i)
}

fn read_response(i: &[u8]) -> IResult<&[u8], (u8, u32), ()> {
    let (i, _structure_size) = le_u16.parse(i)?;
    let (i, data_offset) = u8.parse(i)?;
    let (i, _reserved) = u8.parse(i)?;
    let (i, data_length) = le_u32.parse(i)?;
    Ok((i, (data_offset, data_length)))
}

fn write_request(i: &[u8]) -> IResult<&[u8], (u16, u32, u128), ()> {
    let (i, _structure_size) = le_u16.parse(i)?;
    let (i, data_offset) = le_u16.parse(i)?;
    let (i, length) = le_u32.parse(i)?;
    let (i, _offset) = take(8_usize).parse(i)?;
    let (i, file) = le_u128.parse(i)?;
    Ok((i, (data_offset, length, file)))
}

/// What requests and responses of IOCTL share.
struct Ioctl {
    code: u32,
    file: u128,
    input: (u32, u32),
    output: (u32, u32),
}

fn ioctl(i: &[u8]) -> IResult<&[u8], Ioctl, ()> {
    let (i, _structure_size_and_reserved) = le_u32.parse(i)?;
    let (i, code) = le_u32.parse(i)?;
    let (i, file) = le_u128.parse(i)?;
    let (i, input_offset) = le_u32.parse(i)?;
    let (i, input_count) = le_u32.parse(i)?;
    // `MaxInputResponse` of a request is where a response has `OutputOffset`; a request's output is not of use.
    let (i, output_offset) = le_u32.parse(i)?;
    let (i, output_count) = le_u32.parse(i)?;
    let (input, output) = ((input_offset, input_count), (output_offset, output_count));
    Ok((i, Ioctl { code, file, input, output }))
}

/// The control code that writes a message and reads the answer ([MS-FSCC] 2.3.49).
const FSCTL_PIPE_TRANSCEIVE: u32 = 0x0011_c017;

#[cfg(test)]
mod tests {
    use super::super::{is_pipe, message};
    use super::*;
    use crate::smb::{Front, Item, front, whole};

    /// What goes through pipes.
    fn piped(stream: &[u8]) -> Vec<String> {
        let (mut seen, mut at) = (Vec::new(), 0_usize);
        while let Some(rest) = stream.get(at..).filter(|rest| !rest.is_empty()) {
            let Front::Item { item, consumed, .. } = front(rest, 0) else { panic!("at {at}") };
            at = at.saturating_add(consumed);
            let Ok(Item::Smb2 { header, element: Some(element) }) = whole(item, rest, 0, consumed) else {
                panic!("{item:?}");
            };
            if is_pipe(&header) {
                seen.push(format!("{:?}", message(&header, element)));
            }
        }
        seen
    }

    #[test]
    fn a_pipe_is_opened_written_and_read() {
        let client = piped(include_bytes!("../../testdata/smb2-pipe-client.bin"));
        let server = piped(include_bytes!("../../testdata/smb2-pipe-server.bin"));
        let file = "file: 33001759328681274323205968264";
        let written = |bytes: &str| format!("Ok(Pipe(Written {{ {file}, bytes: <{bytes} }}))");
        let expected = [
            "Ok(Pipe(Open(\"samr\")))".to_owned(),
            written("120 bytes>, is_asked: true"),
            written("478 bytes>, is_asked: false"),
            written("176 bytes>, is_asked: true"),
        ];
        assert_eq!(client, expected);
        let expected = [
            format!("Ok(Pipe(Opened {{ {file} }}))"),
            "Ok(Pipe(Read { bytes: <286 bytes> }))".to_owned(),
            "Ok(Other(Command(9)))".to_owned(),
            "Ok(Pipe(Read { bytes: <96 bytes> }))".to_owned(),
        ];
        assert_eq!(server, expected);
    }

    /// Laid out as in [MS-SMB2] 2.2.19 and 2.2.20.
    #[test]
    fn a_read_names_its_file_and_its_answer_brings_the_bytes() {
        let mut request = vec![0; HEADER_LEN];
        request.extend([49, 0, 0, 0]);
        request.resize(HEADER_LEN.saturating_add(16), 0);
        request.extend([7; 16]);
        let body = |element: &[u8]| element.get(HEADER_LEN..).unwrap_or_default().to_vec();
        let asked = super::message(Command::READ, false, &request, &body(&request));
        assert_eq!(asked, Ok(Message::Pipe(PipeMessage::Asked { file: u128::from_le_bytes([7; 16]) })));
        let mut response = vec![0; HEADER_LEN];
        response.extend([17, 0, 80, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, b'a', b'b', b'c']);
        let read = super::message(Command::READ, true, &response, &body(&response));
        let bytes = Buffer { bytes: b"abc", is_cut: false };
        assert_eq!(read, Ok(Message::Pipe(PipeMessage::Read { bytes })));
    }
}
