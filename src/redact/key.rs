//! The key, and what stands for what it hides.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::model::digest::hex;

/// Fewest bytes of a key: half of what SHA-256 gives, below which it could be searched for.
pub const MIN_KEY_BYTES: usize = 16;
/// Bytes of a digest that a token shows.
const TOKEN_BYTES: usize = 8;

/// A secret of whoever delivers: the same value has the same token under the same key, and none can be told from its token without it.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

/// A key that is too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key of {0} bytes is too short: it takes at least {MIN_KEY_BYTES}, chosen at random")]
pub struct ShortKey(pub usize);

/// What a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hidden {
    /// The name of a person.
    Person,
    /// A telephone number.
    Phone,
    /// An identity number (GB 11643).
    Identity,
}

impl Hidden {
    fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Phone => "phone",
            Self::Identity => "id",
        }
    }
}

impl Key {
    /// A key of these bytes.
    ///
    /// # Errors
    /// If there are fewer than [`MIN_KEY_BYTES`].
    pub fn new(bytes: &[u8]) -> Result<Self, ShortKey> {
        if bytes.len() < MIN_KEY_BYTES {
            return Err(ShortKey(bytes.len()));
        }
        Hmac::new_from_slice(bytes)
            .map(Self)
            .map_err(|_| ShortKey(bytes.len()))
    }

    /// Names the key without telling it: deliveries of one id can be joined. 16 hex digits.
    #[must_use]
    pub fn id(&self) -> String {
        self.digest("key", "")
    }

    /// What stands for a value: `[person:` and 16 hex digits of HMAC-SHA-256 (RFC 2104), `]`.
    pub(super) fn token(&self, hidden: Hidden, value: &str) -> String {
        let name = hidden.name();
        format!("[{name}:{}]", self.digest(name, value))
    }

    fn digest(&self, what: &str, value: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(b"jixiao.redact\0");
        mac.update(what.as_bytes());
        mac.update(b"\0");
        mac.update(value.as_bytes());
        hex(&mac.finalize().into_bytes()[..TOKEN_BYTES])
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A key is not for logs.
        f.debug_tuple("Key").field(&self.id()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_those_of_the_key_and_the_kind() {
        let (one, other) = (Key::new(&[1; 16]).unwrap(), Key::new(&[2; 16]).unwrap());
        let token = one.token(Hidden::Person, "张三");
        assert_eq!(token.len(), "[person:]".len() + 16);
        assert_eq!(token, one.token(Hidden::Person, "张三"));
        assert_ne!(token, other.token(Hidden::Person, "张三"));
        assert_ne!(token, one.token(Hidden::Person, "李四"));
        assert_ne!(one.id(), other.id());
        assert!(!format!("{one:?}").contains("1, 1"));
    }

    #[test]
    fn short_keys_are_none() {
        assert_eq!(Key::new(&[1; 15]).err(), Some(ShortKey(15)));
    }
}
