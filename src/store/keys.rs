//! Keys of a bucket, page by page, those that cannot be asked for included.
//!
//! `object_store` refuses a whole page for one key with an empty step, `.`, `..` or a control character in it. Such a key is found by smaller
//! and smaller pages, named, and passed over.

use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Error as NoPath;
use object_store::{Error, Result};

/// Keys of a page.
const PAGE: usize = 1000;

/// All keys that begin with `prefix`, with the sizes of their objects; `None` for the size of one that cannot be asked for.
pub(super) async fn list_keys(
    store: &dyn PaginatedListStore,
    prefix: &str,
) -> Result<Vec<(String, Option<u64>)>> {
    let prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
    let mut keys = Vec::new();
    let (mut offset, mut page_token, mut n_keys) = (None, None, PAGE);
    loop {
        let options = PaginatedListOptions {
            offset: offset.clone(),
            page_token: page_token.clone(),
            max_keys: Some(n_keys),
            ..PaginatedListOptions::default()
        };
        match store.list_paginated(prefix, options).await {
            Ok(page) => {
                let objects = page.result.objects.into_iter();
                keys.extend(objects.map(|found| (found.location.to_string(), Some(found.size))));
                if page.page_token.is_none() {
                    return Ok(keys);
                }
                page_token = page.page_token;
                n_keys = (n_keys * 2).min(PAGE);
            }
            Err(Error::InvalidPath { .. }) if n_keys > 1 => n_keys /= 2,
            Err(Error::InvalidPath {
                source: NoPath::EmptySegment { path } | NoPath::BadSegment { path, .. },
            }) if offset.as_ref() != Some(&path) => {
                keys.push((path.clone(), None));
                // From behind this key on, which no page holds.
                (offset, page_token) = (Some(path), None);
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
pub(super) mod testing {
    use std::pin::Pin;
    use std::sync::Arc;

    use futures_util::TryStreamExt as _;
    use object_store::list::{PaginatedListOptions, PaginatedListResult, PaginatedListStore};
    use object_store::memory::InMemory;
    use object_store::path::Path as Key;
    use object_store::{ListResult, ObjectMeta, ObjectStore as _, Result};

    /// Pages of a bucket in memory, and of keys that it cannot hold.
    pub(in super::super) struct Listed {
        objects: Arc<InMemory>,
        pub(super) others: Vec<&'static str>,
    }

    impl Listed {
        pub(in super::super) fn of(objects: Arc<InMemory>) -> Self {
            Self {
                objects,
                others: Vec::new(),
            }
        }

        async fn page(
            &self,
            prefix: &str,
            options: PaginatedListOptions,
        ) -> Result<PaginatedListResult> {
            let found: Vec<ObjectMeta> = self.objects.list(None).try_collect().await?;
            let sized = found
                .iter()
                .map(|found| (found.location.as_ref(), found.size));
            let mut keys: Vec<(&str, u64)> = sized.collect();
            keys.extend(self.others.iter().map(|key| (*key, 0)));
            let after = options.page_token.or(options.offset).unwrap_or_default();
            keys.retain(|(key, _)| key.starts_with(prefix) && **key > *after);
            keys.sort_unstable();
            let n_keys = options.max_keys.unwrap_or(1000);
            let page_token = (keys.len() > n_keys).then(|| keys[n_keys - 1].0.to_owned());
            let object = |(key, size): (&str, u64)| {
                Ok(ObjectMeta {
                    location: Key::parse(key)?,
                    last_modified: Default::default(),
                    size,
                    e_tag: None,
                    version: None,
                })
            };
            Ok(PaginatedListResult {
                result: ListResult {
                    objects: keys
                        .into_iter()
                        .take(n_keys)
                        .map(object)
                        .collect::<Result<_>>()?,
                    common_prefixes: Vec::new(),
                    extensions: Default::default(),
                },
                page_token,
            })
        }
    }

    impl PaginatedListStore for Listed {
        fn list_paginated<'a, 'b, 'c>(
            &'a self,
            prefix: Option<&'b str>,
            options: PaginatedListOptions,
        ) -> Pin<Box<dyn Future<Output = Result<PaginatedListResult>> + Send + 'c>>
        where
            'a: 'c,
            'b: 'c,
            Self: 'c,
        {
            Box::pin(self.page(prefix.unwrap_or_default(), options))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use object_store::memory::InMemory;

    use super::*;

    #[test]
    fn keys_that_cannot_be_asked_for_are_named_and_cost_no_other() {
        let many: Vec<String> = (0..3000).map(|n| format!("p/{n:04}")).collect();
        let others: Vec<&'static str> = many.iter().map(|key| &*key.clone().leak()).collect();
        let bad = ["p/./x", "p//a", "p//b", "p/1500/../x", "p/z//"];
        let mut listed = testing::Listed::of(Arc::new(InMemory::new()));
        listed.others = others.iter().copied().chain(bad).chain(["q"]).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let keys = runtime.unwrap().block_on(list_keys(&listed, "p/"));
        let (good, found): (Vec<_>, Vec<_>) = keys
            .unwrap()
            .into_iter()
            .partition(|(_, size)| size.is_some());
        let names = |keys: &[(String, Option<u64>)]| -> Vec<String> {
            keys.iter().map(|(key, _)| key.clone()).collect()
        };
        assert_eq!(names(&good), many);
        let mut expected = bad.to_vec();
        expected.sort_unstable();
        assert_eq!(names(&found), expected);
    }
}
