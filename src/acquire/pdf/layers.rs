//! Optional content: layers that are switched off are not printed.
//! In: the catalogue. Out: whether something of a layer is shown. Never: evaluates /VE expressions or usage events.

use std::collections::BTreeSet;

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, MaybeRef, Name, ObjRef, Object};

/// The groups of a document that are off by default (ISO 32000-2, 8.11.4).
#[derive(Debug, Default)]
pub(super) struct Layers {
    base_off: bool,
    on: BTreeSet<u32>,
    off: BTreeSet<u32>,
}

impl Layers {
    /// Reads /OCProperties /D.
    pub(super) fn of(pdf: &Pdf) -> Self {
        let catalog = pdf
            .xref()
            .get::<Dict<'_>>(pdf.xref().root_id())
            .unwrap_or_default();
        let Some(config) = catalog
            .get::<Dict<'_>>(b"OCProperties")
            .and_then(|properties| properties.get::<Dict<'_>>(b"D"))
        else {
            return Self::default();
        };
        let refs = |key: &[u8]| -> BTreeSet<u32> {
            let array = config.get::<Array<'_>>(key);
            array
                .iter()
                .flat_map(|array| array.raw_iter())
                .filter_map(|item| item.as_obj_ref())
                .map(|id| id.obj_number)
                .collect()
        };
        Self {
            base_off: config.get::<Name<'_>>(b"BaseState").as_deref() == Some(b"OFF"),
            on: refs(b"ON"),
            off: refs(b"OFF"),
        }
    }

    /// Whether any layer is off, so that there is something to ask.
    pub(super) fn any_off(&self) -> bool {
        self.base_off || !self.off.is_empty()
    }

    /// Whether the content of an entry (`dict[key]`: a group, or a membership of groups) is shown.
    pub(super) fn shows(&self, dict: &Dict<'_>, key: &[u8]) -> bool {
        if !self.any_off() {
            return true;
        }
        if let Some(id) = dict.get_ref(key)
            && self.is_known(id)
        {
            return self.is_on(id);
        }
        let Some(entry) = dict.get::<Dict<'_>>(key) else {
            return true;
        };
        if entry.get::<Name<'_>>(b"Type").as_deref() != Some(b"OCMD") {
            return dict.get_ref(key).is_none_or(|id| self.is_on(id));
        }
        let groups: Vec<ObjRef> = match entry.get_raw::<Object<'_>>(b"OCGs") {
            Some(MaybeRef::Ref(id)) => match entry.get::<Array<'_>>(b"OCGs") {
                Some(array) => array
                    .raw_iter()
                    .filter_map(|item| item.as_obj_ref())
                    .collect(),
                None => vec![id],
            },
            Some(MaybeRef::NotRef(Object::Array(array))) => array
                .raw_iter()
                .filter_map(|item| item.as_obj_ref())
                .collect(),
            _ => Vec::new(),
        };
        if groups.is_empty() {
            return true;
        }
        let mut states = groups.iter().map(|&id| self.is_on(id));
        match entry.get::<Name<'_>>(b"P").as_deref() {
            Some(b"AllOn") => states.all(|on| on),
            Some(b"AnyOff") => states.any(|on| !on),
            Some(b"AllOff") => states.all(|on| !on),
            _ => states.any(|on| on),
        }
    }

    fn is_known(&self, id: ObjRef) -> bool {
        self.on.contains(&id.obj_number) || self.off.contains(&id.obj_number)
    }

    fn is_on(&self, id: ObjRef) -> bool {
        if self.base_off {
            self.on.contains(&id.obj_number)
        } else {
            !self.off.contains(&id.obj_number)
        }
    }
}
