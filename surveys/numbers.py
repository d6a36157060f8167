"""Telephone numbers of citizens: which can receive a text message."""

import phonenumbers

from core.personal import Personal

_REGION = "CN"


def mobile_of(phone: Personal | None) -> Personal | None:
    """Return the mobile number in national form (11 digits); None when there is none or it is a landline."""
    if phone is None:
        return None
    try:
        number = phonenumbers.parse(phone.reveal(), _REGION)
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != phonenumbers.country_code_for_region(_REGION):
        return None
    if phonenumbers.number_type(number) is not phonenumbers.PhoneNumberType.MOBILE:
        return None
    return Personal(str(number.national_number))
