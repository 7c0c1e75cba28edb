//! Open sets of numbers: newtypes with constants and names, since a capture holds values that no table has yet.

/// Makes a newtype with constants, `name()`, and a `Display` and a `Cow` that give the name or else the number.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident($number:ty) { $($constant:ident = $value:literal $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(pub $number);

        impl $type {
            $(
                #[doc = concat!("`", $name, "` (", stringify!($value), ").")]
                pub const $constant: Self = Self($value);
            )*

            /// The name of the number, where the table has it.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($name),)*
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "{}", self.0),
                }
            }
        }

        impl From<$type> for std::borrow::Cow<'static, str> {
            fn from(number: $type) -> Self {
                number.name().map_or_else(|| number.0.to_string().into(), Self::Borrowed)
            }
        }
    };
}

/// Makes a newtype of bits with constants and an iterator of the names of those that are set.
macro_rules! bits {
    ($(#[$doc:meta])* $type:ident { $($constant:ident = $value:literal $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $type(pub u32);

        impl $type {
            $(
                #[doc = concat!("`", $name, "` (", stringify!($value), ").")]
                pub const $constant: Self = Self($value);
            )*

            const NAMES: &'static [(u32, &'static str)] = &[$(($value, $name),)*];

            /// Whether all bits of `other` are set.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// The names of the bits that are set, in the order of the table. Bits without a name are left out.
            pub fn names(self) -> impl Iterator<Item = &'static str> {
                Self::NAMES.iter().filter(move |(bit, _)| self.0 & bit != 0).map(|(_, name)| *name)
            }
        }
    };
}

pub(crate) use {bits, named};
