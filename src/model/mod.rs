//! The nouns: what passes from one room to the next.
//!
//! In: nothing. Out: types only. Never: reads files, decides anything about a form.
//! A noun uses only nouns made before it, in the order of the modules below.

pub mod block;
pub mod diagnostic;
pub mod digest;
pub mod displayed;
pub mod doubt;
pub mod edits;
pub mod fold;
pub mod form;
pub mod form_id;
pub mod geometry;
pub mod member;
pub mod page;
pub mod personal;
pub mod places;
pub mod raw;
pub mod record;
pub mod steps;
pub mod vocabulary;
pub mod wilson;

pub use block::{Block, Cell, Gap, Line, Segment, Separator, Table, TableOrigin};
pub use diagnostic::{Code, Diagnosed, Diagnostic, Severity};
pub use displayed::Displayed;
pub use form::Form;
pub use form_id::FormId;
pub use geometry::{BBox, Place};
pub use page::{Document, Page};
pub use personal::PersonalWords;
pub use raw::{RawField, RawForm, RawForms, RawRow, RawTable, RawText};
pub use record::{DocumentLine, Record};
pub use steps::Steps;
pub use vocabulary::Vocabulary;
