//! What the packets do not say: how the inputs and the sensor are called.

use std::sync::Arc;

use crate::model::{Observation, Record, Seen, SourceId};

/// Names of the inputs, by their number, and of the sensor.
#[derive(Clone, Debug, Default)]
pub(super) struct Naming {
    pub(super) sources: Vec<Arc<str>>,
    pub(super) sensor: Option<Arc<str>>,
}

impl Naming {
    /// The record of an observation, with the names of its inputs.
    pub(super) fn name(&self, observation: Observation) -> Record {
        let Observation { began, frames, mut record, .. } = observation;
        let seen: &mut Seen = match &mut record {
            Record::Auth(auth) => &mut auth.seen,
            Record::Kdc(kdc) => &mut kdc.seen,
            Record::Alert(_) | Record::Opaque(_) | Record::Stats(_) | Record::Note(_) => return record,
        };
        seen.source = self.source(began.source);
        seen.sensor.clone_from(&self.sensor);
        if frames.iter().any(|(source, _)| *source != began.source) {
            seen.frame_sources = frames.iter().map(|(source, _)| self.source(*source)).collect();
        }
        record
    }

    fn source(&self, id: SourceId) -> Arc<str> {
        let name = usize::try_from(id.0).ok().and_then(|at| self.sources.get(at));
        name.map_or_else(|| "".into(), Arc::clone)
    }
}
