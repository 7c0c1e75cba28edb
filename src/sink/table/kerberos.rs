//! Where Kerberos works, by service, and where it was tried and refused.

use super::count::Counts;
use super::grid::{Column, Grid, Line, Look};
use super::host::Host;
use super::text::{number, printable, word};
use super::{MAX_ROWS, Page};
use crate::model::{Auth, Carrier, Ending};

/// Kerberos authentications, counted.
#[derive(Debug, Default)]
pub(super) struct KerberosUse {
    services: Counts<Service>,
    failures: Counts<Failure>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Service {
    name: String,
    carrier: Carrier,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Failure {
    error: String,
    sname: String,
    client: Host,
    server: Host,
}

impl KerberosUse {
    /// Counts one authentication.
    pub(super) fn add(&mut self, auth: &Auth) {
        let kerberos = auth.kerberos.as_ref();
        let sname = kerberos.and_then(|kerberos| kerberos.sname.as_deref());
        let class = sname.and_then(|sname| sname.split('/').next());
        // A class is the same in any case: clients write `HTTP/` and `http/`.
        let name = printable(auth.service.as_deref().or(class).unwrap_or("not seen")).to_ascii_lowercase();
        self.services.add(Service { name, carrier: auth.carrier });
        let error = kerberos.and_then(|kerberos| kerberos.error.as_deref());
        let failed = match auth.outcome.result {
            Ending::Success => false,
            Ending::Failure => true,
            Ending::Unknown => error.is_some(),
        };
        if failed {
            let error = error.or(auth.outcome.code.as_deref());
            self.failures.add(Failure {
                error: printable(error.unwrap_or("failed")),
                sname: printable(sname.unwrap_or_default()),
                client: Host::of(auth.client.end, auth.client.mac),
                server: Host::of(auth.server.end, auth.server.mac),
            });
        }
    }

    /// How many there were.
    pub(super) fn total(&self) -> u64 {
        self.services.total()
    }

    /// Adds the section, where there is anything to tell.
    pub(super) fn push(&self, page: &mut Page) {
        if self.services.is_empty() {
            return;
        }
        let failed = match self.failures.total() {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        };
        let all = number(self.total(), "authentication", "authentications");
        page.title("Kerberos in use", &format!("{all}{failed}"));
        self.push_services(page);
        self.push_failures(page);
    }

    fn push_services(&self, page: &mut Page) {
        let mut grid = Grid::new(&[Column::Right("Count"), Column::Left("Service"), Column::Left("Via")]);
        let services = self.services.ranked(|_| ());
        for &(service, count) in services.iter().take(MAX_ROWS) {
            grid.row(vec![
                vec![Line::whole(count.to_string())],
                vec![Line::new(service.name.clone())],
                vec![Line::whole(word(&service.carrier))],
            ]);
        }
        page.grid(&[grid]);
        page.rest(&self.services, MAX_ROWS, services.len());
    }

    fn push_failures(&self, page: &mut Page) {
        if self.failures.is_empty() {
            return;
        }
        let mut grid = Grid::new(&[
            Column::Right("Count"),
            Column::Left("Failure"),
            Column::Left("Ticket for"),
            Column::Left("Client"),
            Column::Left("Server"),
        ]);
        let failures = self.failures.ranked(|_| ());
        for &(failure, count) in failures.iter().take(MAX_ROWS) {
            grid.row(vec![
                vec![Line::whole(count.to_string())],
                vec![Line::code(failure.error.clone()).look(Look::Bad)],
                vec![Line::new(failure.sname.clone())],
                vec![Line::whole(failure.client.to_string())],
                vec![Line::whole(failure.server.to_string())],
            ]);
        }
        page.gap();
        page.grid(&[grid]);
        page.rest(&self.failures, MAX_ROWS, failures.len());
    }
}
