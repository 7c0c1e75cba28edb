//! Which packets to look at: a filter expression of libpcap.

use std::collections::HashMap;

use pcap::{BpfProgram, Capture, Linktype};

use crate::model::{Frame, LinkType};

/// A filter expression. libpcap makes a program of it for each link type that comes.
pub struct Filter {
    expression: String,
    /// `None` where the expression makes no sense for the link type: no packet of it passes.
    programs: HashMap<LinkType, Option<BpfProgram>>,
}

impl Filter {
    /// A filter of the syntax that pcap-filter(7) describes.
    ///
    /// # Errors
    /// libpcap's own words, where it cannot read the expression.
    pub fn new(expression: &str) -> Result<Self, String> {
        let filter = Self { expression: expression.to_owned(), programs: HashMap::new() };
        filter.program(LinkType(1)).map_err(|error| match error {
            pcap::Error::PcapError(text) => text,
            other => other.to_string(),
        })?;
        Ok(filter)
    }

    /// True where a packet passes.
    pub fn takes(&mut self, frame: &Frame<'_>) -> bool {
        if !self.programs.contains_key(&frame.link) {
            let program = self.program(frame.link).ok();
            self.programs.insert(frame.link, program);
        }
        let program = self.programs.get(&frame.link).and_then(Option::as_ref);
        program.is_some_and(|program| program.filter(frame.bytes))
    }

    fn program(&self, link: LinkType) -> Result<BpfProgram, pcap::Error> {
        Capture::dead(Linktype(i32::from(link.0)))?.compile(&self.expression, true)
    }
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Filter").field(&self.expression).finish()
    }
}
