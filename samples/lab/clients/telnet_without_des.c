/* Preloaded into telnet and telnetd of GNU inetutils, which want a DES session key and a checksum made with it. MIT Kerberos no longer
   has DES: any key will do, and the checksum is taken for right. Nothing else of them is changed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <krb5.h>

typedef krb5_error_code get_credentials(krb5_context, krb5_flags, krb5_ccache, krb5_creds *, krb5_creds **);

krb5_error_code krb5_get_credentials(krb5_context context, krb5_flags options, krb5_ccache cache, krb5_creds *wanted, krb5_creds **got)
{
	get_credentials *real = (get_credentials *)dlsym(RTLD_NEXT, "krb5_get_credentials");
	wanted->keyblock.enctype = 0;
	return real(context, options, cache, wanted, got);
}

krb5_error_code krb5_c_verify_checksum(krb5_context context, const krb5_keyblock *key, krb5_keyusage usage, const krb5_data *data,
				       const krb5_checksum *checksum, krb5_boolean *valid)
{
	*valid = 1;
	return 0;
}

krb5_error_code krb5_verify_checksum(krb5_context context, krb5_cksumtype type, const krb5_checksum *checksum, krb5_const_pointer data,
				     size_t length, krb5_const_pointer seed, size_t seed_length)
{
	return 0;
}
