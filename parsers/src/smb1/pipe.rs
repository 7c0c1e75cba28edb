//! Messages that go through a named pipe ([MS-CIFS] 2.2.4.33, 2.2.4.42, 2.2.4.43, 2.2.4.64 and 2.2.5.6).

use super::{Body, Command, Message};
use crate::smb::pipe::PipeMessage;
use crate::{ParseError, Text};
use nom::bytes::complete::take;
use nom::number::complete::{le_u16, u8};
use nom::{IResult, Parser};

/// The message of a command that can belong to a pipe; [`Message::Other`] where it does not.
pub(super) fn message<'a>(
    command: Command,
    response: bool,
    body: &Body<'a>,
) -> Result<Message<'a>, ParseError> {
    let words = body.words;
    Ok(Message::Pipe(match (command, response) {
        (Command::NT_CREATE_ANDX, false) => {
            let name = body.names(0).take();
            PipeMessage::Open(if name.is_unicode { Text::utf16le(name.bytes) } else { Text::oem(name.bytes) })
        }
        (Command::NT_CREATE_ANDX, true) => {
            PipeMessage::Opened { file: read(create_response(words), "SMB1 NT_CREATE_ANDX FID", body)? }
        }
        (Command::READ_ANDX, false) => {
            PipeMessage::Asked { file: read(andx_fid(words), "SMB1 READ_ANDX FID", body)? }
        }
        (Command::READ_ANDX, true) => {
            let (len, offset) = read(read_response(words), "SMB1 READ_ANDX DataOffset", body)?;
            PipeMessage::Read { bytes: body.buffer(offset, len) }
        }
        (Command::WRITE_ANDX, false) => {
            let (file, len, offset) = read(write_request(words), "SMB1 WRITE_ANDX DataOffset", body)?;
            PipeMessage::Written { file, bytes: body.buffer(offset, len), is_asked: false }
        }
        (Command::TRANSACTION, false) => {
            let (len, offset, setup) = read(transaction(words), "SMB1 TRANSACTION Setup", body)?;
            let Some((TRANS_TRANSACT_NMPIPE, fid)) = setup else { return Ok(Message::Other(command)) };
            PipeMessage::Written { file: u128::from(fid), bytes: body.buffer(offset, len), is_asked: true }
        }
        (Command::TRANSACTION, true) => {
            let (len, offset) = read(transaction_response(words), "SMB1 TRANSACTION DataOffset", body)?;
            PipeMessage::Read { bytes: body.buffer(offset, len) }
        }
        (command, _) => return Ok(Message::Other(command)),
    }))
}

fn read<T>(fields: IResult<&[u8], T, ()>, field: &'static str, body: &Body<'_>) -> Result<T, ParseError> {
    fields.map(|(_rest, fields)| fields).map_err(|_| body.words_error(field))
}

fn create_response(i: &[u8]) -> IResult<&[u8], u128, ()> {
    let (i, _andx) = take(4_usize).parse(i)?;
    let (i, _oplock_level) = u8.parse(i)?;
    fid(i)
}

fn andx_fid(i: &[u8]) -> IResult<&[u8], u128, ()> {
    let (i, _andx) = take(4_usize).parse(i)?;
    fid(i)
}

fn fid(i: &[u8]) -> IResult<&[u8], u128, ()> {
    le_u16.parse(i).map(|(i, fid)| (i, u128::from(fid)))
}

fn read_response(i: &[u8]) -> IResult<&[u8], (u16, u16), ()> {
    // AndX, Available, DataCompactionMode, Reserved.
    let (i, _fixed) = take(10_usize).parse(i)?;
    let (i, data_length) = le_u16.parse(i)?;
    let (i, data_offset) = le_u16.parse(i)?;
    Ok((i, (data_length, data_offset)))
}

fn write_request(i: &[u8]) -> IResult<&[u8], (u128, u16, u16), ()> {
    let (i, file) = andx_fid(i)?;
    // Offset, Timeout, WriteMode, Remaining, DataLengthHigh.
    let (i, _fixed) = take(14_usize).parse(i)?;
    let (i, data_length) = le_u16.parse(i)?;
    let (i, data_offset) = le_u16.parse(i)?;
    Ok((i, (file, data_length, data_offset)))
}

/// Length and offset of the data, and the subcommand with its argument, where both are there.
type Transaction = (u16, u16, Option<(u16, u16)>);

fn transaction(i: &[u8]) -> IResult<&[u8], Transaction, ()> {
    // TotalParameterCount to ParameterOffset.
    let (i, _fixed) = take(22_usize).parse(i)?;
    let (i, data_count) = le_u16.parse(i)?;
    let (i, data_offset) = le_u16.parse(i)?;
    let (i, setup_count) = u8.parse(i)?;
    let (i, _reserved) = u8.parse(i)?;
    if setup_count < 2 {
        return Ok((i, (data_count, data_offset, None)));
    }
    let (i, subcommand) = le_u16.parse(i)?;
    let (i, argument) = le_u16.parse(i)?;
    Ok((i, (data_count, data_offset, Some((subcommand, argument)))))
}

fn transaction_response(i: &[u8]) -> IResult<&[u8], (u16, u16), ()> {
    // TotalParameterCount to ParameterDisplacement.
    let (i, _fixed) = take(12_usize).parse(i)?;
    let (i, data_count) = le_u16.parse(i)?;
    let (i, data_offset) = le_u16.parse(i)?;
    Ok((i, (data_count, data_offset)))
}

/// `TRANS_TRANSACT_NMPIPE`: writes a message and reads the answer ([MS-CIFS] 2.2.5.6).
const TRANS_TRANSACT_NMPIPE: u16 = 0x0026;

#[cfg(test)]
mod tests {
    use super::super::{is_pipe, messages};
    use crate::smb::{Front, Item, front, whole};

    /// What goes through pipes.
    fn piped(stream: &[u8]) -> Vec<String> {
        let (mut seen, mut at) = (Vec::new(), 0_usize);
        while let Some(rest) = stream.get(at..).filter(|rest| !rest.is_empty()) {
            let Front::Item { item, consumed, .. } = front(rest, 0) else { panic!("at {at}") };
            at = at.saturating_add(consumed);
            let Ok(Item::Smb1 { header, message: Some(message) }) = whole(item, rest, 0, consumed) else {
                continue;
            };
            if is_pipe(&header) {
                seen.extend(messages(&header, message).map(|message| format!("{message:?}")));
            }
        }
        seen
    }

    #[test]
    fn a_pipe_is_opened_and_used_by_transactions() {
        let client = piped(include_bytes!("../../testdata/smb1-pipe-client.bin"));
        let server = piped(include_bytes!("../../testdata/smb1-pipe-server.bin"));
        let expected = [
            "Ok(Pipe(Open(\"\\\\srvsvc\")))",
            "Ok(Pipe(Written { file: 16384, bytes: <72 bytes>, is_asked: true }))",
            "Ok(Pipe(Written { file: 16384, bytes: <104 bytes>, is_asked: true }))",
        ];
        assert_eq!(client, expected);
        let expected = [
            "Ok(Pipe(Opened { file: 16384 }))",
            "Ok(Pipe(Read { bytes: <68 bytes> }))",
            "Ok(Pipe(Read { bytes: <416 bytes> }))",
        ];
        assert_eq!(server, expected);
    }
}
