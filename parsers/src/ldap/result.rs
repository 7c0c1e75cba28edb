//! How a bind ended: the result code of LDAP, and what Active Directory adds to it.

/// `resultCode` (RFC 4511 4.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResultCode(pub i32);

impl ResultCode {
    /// It worked.
    pub const SUCCESS: Self = Self(0);
    /// One more round trip of credentials.
    pub const SASL_BIND_IN_PROGRESS: Self = Self(14);

    /// The name in RFC 4511 A.1.
    pub fn name(self) -> Option<&'static str> {
        RESULTS.iter().find(|(code, _)| *code == self.0).map(|(_, name)| *name)
    }
}

/// Why Active Directory refused a bind, by its diagnostic message: `80090308: LdapErr: DSID-0C09044E, comment:
/// AcceptSecurityContext error, data 52e, v2580`. `None` where the message says nothing that is known.
///
/// The number behind `data` says it best; where that is zero, the one at the start does.
pub fn sub_status(diagnostic_message: &[u8]) -> Option<&'static str> {
    let mut words = diagnostic_message.split(|byte| matches!(byte, b' ' | b',' | b':' | 0));
    let start = words.next().and_then(number);
    let data = words.find(|word| *word == b"data").and_then(|_| words.next()).and_then(number);
    let named = |code: u32| SUB_STATUSES.iter().find(|(known, _)| *known == code).map(|(_, name)| *name);
    data.and_then(named).or_else(|| start.and_then(named))
}

/// A number in hexadecimal digits.
fn number(word: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(word).ok().filter(|digits| !digits.starts_with('+'))?;
    u32::from_str_radix(digits, 16).ok()
}

/// RFC 4511 A.1.
const RESULTS: [(i32, &str); 39] = [
    (0, "success"),
    (1, "operationsError"),
    (2, "protocolError"),
    (3, "timeLimitExceeded"),
    (4, "sizeLimitExceeded"),
    (5, "compareFalse"),
    (6, "compareTrue"),
    (7, "authMethodNotSupported"),
    (8, "strongerAuthRequired"),
    (10, "referral"),
    (11, "adminLimitExceeded"),
    (12, "unavailableCriticalExtension"),
    (13, "confidentialityRequired"),
    (14, "saslBindInProgress"),
    (16, "noSuchAttribute"),
    (17, "undefinedAttributeType"),
    (18, "inappropriateMatching"),
    (19, "constraintViolation"),
    (20, "attributeOrValueExists"),
    (21, "invalidAttributeSyntax"),
    (32, "noSuchObject"),
    (33, "aliasProblem"),
    (34, "invalidDNSyntax"),
    (36, "aliasDereferencingProblem"),
    (48, "inappropriateAuthentication"),
    (49, "invalidCredentials"),
    (50, "insufficientAccessRights"),
    (51, "busy"),
    (52, "unavailable"),
    (53, "unwillingToPerform"),
    (54, "loopDetect"),
    (64, "namingViolation"),
    (65, "objectClassViolation"),
    (66, "notAllowedOnNonLeaf"),
    (67, "notAllowedOnRDN"),
    (68, "entryAlreadyExists"),
    (69, "objectClassModsProhibited"),
    (71, "affectsMultipleDSAs"),
    (80, "other"),
];

/// Numbers of [MS-ERREF] 2.1 and 2.2 that refuse a logon.
const SUB_STATUSES: [(u32, &str); 27] = [
    (0x51f, "ERROR_NO_LOGON_SERVERS(51f)"),
    (0x520, "ERROR_NO_SUCH_LOGON_SESSION(520)"),
    (0x525, "ERROR_NO_SUCH_USER(525)"),
    (0x52e, "ERROR_LOGON_FAILURE(52e)"),
    (0x52f, "ERROR_ACCOUNT_RESTRICTION(52f)"),
    (0x530, "ERROR_INVALID_LOGON_HOURS(530)"),
    (0x531, "ERROR_INVALID_WORKSTATION(531)"),
    (0x532, "ERROR_PASSWORD_EXPIRED(532)"),
    (0x533, "ERROR_ACCOUNT_DISABLED(533)"),
    (0x54b, "ERROR_NO_SUCH_DOMAIN(54b)"),
    (0x568, "ERROR_TOO_MANY_CONTEXT_IDS(568)"),
    (0x569, "ERROR_LOGON_TYPE_NOT_GRANTED(569)"),
    (0x6fb, "ERROR_NO_TRUST_SAM_ACCOUNT(6fb)"),
    (0x6fd, "ERROR_TRUSTED_RELATIONSHIP_FAILURE(6fd)"),
    (0x701, "ERROR_ACCOUNT_EXPIRED(701)"),
    (0x773, "ERROR_PASSWORD_MUST_CHANGE(773)"),
    (0x775, "ERROR_ACCOUNT_LOCKED_OUT(775)"),
    (0x2028, "ERROR_DS_STRONG_AUTH_REQUIRED(2028)"),
    (0x2029, "ERROR_DS_INAPPROPRIATE_AUTH(2029)"),
    (0x8009_0302, "SEC_E_UNSUPPORTED_FUNCTION(80090302)"),
    (0x8009_0308, "SEC_E_INVALID_TOKEN(80090308)"),
    (0x8009_030c, "SEC_E_LOGON_DENIED(8009030c)"),
    (0x8009_030f, "SEC_E_MESSAGE_ALTERED(8009030f)"),
    (0x8009_0311, "SEC_E_NO_AUTHENTICATING_AUTHORITY(80090311)"),
    (0x8009_0322, "SEC_E_WRONG_PRINCIPAL(80090322)"),
    (0x8009_0324, "SEC_E_TIME_SKEW(80090324)"),
    (0x8009_0346, "SEC_E_BAD_BINDINGS(80090346)"),
];
