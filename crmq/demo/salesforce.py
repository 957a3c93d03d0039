"""The Salesforce weekly export: a zip with one CSV per object, Windows-1252, as this group's administrator chose."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from crmq.demo import handwriting as hand
from crmq.demo import values
from crmq.demo.dice import Dice
from crmq.demo.sightings import ACCOUNT, CONTACT, LEAD, TODAY, Census, FirmSighting, PersonSighting
from crmq.demo.truth import ORGANISATION, PERSON, TruthBook
from crmq.demo.vocabulary import COUNTRY_NAME

S = TypeVar("S", PersonSighting, FirmSighting)

FILE = "salesforce_weekly_export.zip"
SOURCE = "salesforce"

_AUDIT = ("OwnerId", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")
_CONTACT = (
    "Id", "IsDeleted", "MasterRecordId", "AccountId", "LastName", "FirstName", "Salutation", "MiddleName",
    "MailingStreet", "MailingCity", "MailingState", "MailingPostalCode", "MailingCountry", "Phone", "Fax",
    "MobilePhone", "HomePhone", "Email", "Title", "Department", "LeadSource", "Birthdate", "Description",
    "HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall", *_AUDIT, "LastActivityDate", "EmailBouncedReason",
    "EmailBouncedDate", "Identificaci_n_Fiscal__c", "Colonia__c", "Tel_fono_Directo__c", "Cuenta_de_Facturaci_n__c",
)  # fmt: skip
_ACCOUNT = (
    "Id", "IsDeleted", "MasterRecordId", "Name", "Type", "ParentId", "BillingStreet", "BillingCity", "BillingState",
    "BillingPostalCode", "BillingCountry", "Phone", "Fax", "AccountNumber", "Website", "Industry", "AnnualRevenue",
    "NumberOfEmployees", "Description", *_AUDIT, "Raz_n_Social__c", "Identificaci_n_Fiscal__c",
    "Correo_de_Facturaci_n__c", "L_nea_de_Cr_dito__c",
)  # fmt: skip
_LEAD = (
    "Id", "IsDeleted", "MasterRecordId", "LastName", "FirstName", "Salutation", "Title", "Company", "Street", "City",
    "State", "PostalCode", "Country", "Phone", "MobilePhone", "Email", "Website", "LeadSource", "Status", "Industry",
    "HasOptedOutOfEmail", "IsConverted", "ConvertedDate", "ConvertedAccountId", "ConvertedContactId", *_AUDIT,
    "Fecha_de_Nacimiento__c", "A_o_de_Compra__c",
)  # fmt: skip

_HABIT = hand.NameHabit(
    one_surname=0.38, first_given=0.25, capitals=0.08, lower=0.02, nickname=0.08, damage=0.13, honorific=0.35
)
_WEB_HABIT = hand.NameHabit(
    one_surname=0.6, first_given=0.35, capitals=0.08, lower=0.12, nickname=0.15, damage=0.13, honorific=0.05
)
_CARE = values.Care(zeros=0.1)
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_JUNK_LEADS = (
    ("test", "test", "test@test.com"), ("Prueba", "Prueba", "prueba@prueba.com"), ("asdf", "asdf", "asdf@asdf.com"),
    ("", "[not provided]", ""), ("qwerty", "qwerty", "a@a.com"), ("N/A", "N/A", "no@no.com"), ("", "Facebook User", ""),
    ("<test lead: dummy data for first_name>", "<test lead: dummy data for last_name>", "test@fb.com"),
)  # fmt: skip


def full_id(short: str) -> str:
    """Return the 18-character form of a 15-character id: three letters that repeat which letters are capitals."""
    suffix = ""
    for start in (0, 5, 10):
        bits = sum(1 << i for i, c in enumerate(short[start : start + 5]) if c.isascii() and c.isupper())
        suffix += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits]
    return short + suffix


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _flag(value: bool) -> str:
    return "true" if value else "false"


class Salesforce:
    """Writes the export and notes the truth of each row."""

    def __init__(self, dice: Dice, census: Census, book: TruthBook) -> None:
        self.dice = dice.child(SOURCE)
        self.book = book
        self.accounts = self._numbered("001", [f for f in census.firms if f.system == ACCOUNT])
        self.contacts = self._numbered("003", census.of(CONTACT))
        self.leads = self._numbered("00Q", census.of(LEAD))
        self.users = [full_id(f"0055f0000{n:06d}") for n in range(1, 15)]
        self.account_of: dict[str, FirmSighting] = {}
        for account in self.accounts:
            if account.merged_into is None:
                self.account_of.setdefault(account.firm.key, account)

    def _numbered(self, prefix: str, records: list[S]) -> list[S]:
        """Give the records their ids in the order in which they were created."""
        ordered = sorted(self.dice.shuffled(records), key=lambda r: r.created)
        number = 0
        for record in ordered:
            number += self.dice.between(3, 400)
            rest, text = number + 1_000_000, ""
            while rest:
                rest, digit = divmod(rest, 62)
                text = _BASE62[digit] + text
            record.record_id = full_id(f"{prefix}5f00000{text.rjust(5, '0')}")
        return ordered

    def write(self, folder: Path) -> Path:
        """Write the zip; every member carries the date of the export."""
        path = folder / FILE
        members = [
            ("Account.csv", _ACCOUNT, [self._account(a) for a in self.accounts]),
            ("Contact.csv", _CONTACT, [self._contact(c) for c in self.contacts]),
            ("Lead.csv", _LEAD, [*(self._lead(lead) for lead in self.leads), *self._junk()]),
        ]
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name, columns, rows in members:
                text = io.StringIO(newline="")
                out = csv.DictWriter(text, columns, restval="", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
                out.writeheader()
                out.writerows(self.dice.shuffled(rows))
                info = zipfile.ZipInfo(name, (TODAY.year, TODAY.month, TODAY.day, TODAY.hour, 0, 0))
                info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
                archive.writestr(info, text.getvalue().encode("cp1252", "replace"))
        return path

    def _audit(self, record: PersonSighting | FirmSighting) -> dict[str, str]:
        dice = self.dice
        modified = _stamp(record.modified)
        return {
            "OwnerId": dice.pick(self.users),
            "CreatedDate": _stamp(record.created),
            "CreatedById": dice.pick(self.users),
            "LastModifiedDate": modified,
            "LastModifiedById": dice.pick(self.users),
            "SystemModstamp": modified,
        }

    def _remark(self) -> str:
        dice = self.dice
        kind = dice.below(100)
        if kind < 5:
            return 'Llamar por la mañana; prefiere "WhatsApp".\nPidió catálogo,\nno enviar correo los fines de semana'
        if kind == 5:
            return '=HYPERLINK("http://intranet/cliente","ver ficha")'
        if kind == 6:
            return "<b>Cliente VIP</b> & muy exigente"
        return dice.pick(("Cliente desde la feria de marzo", "Referido", "Revisar crédito")) if kind < 14 else ""

    def _account(self, s: FirmSighting) -> dict[str, str]:
        dice, firm = self.dice, s.firm
        v = values.of_firm(dice, s, _CARE)
        master = s.merged_into
        row = {
            "Id": s.record_id,
            "IsDeleted": _flag(master is not None),
            "MasterRecordId": master.record_id if master else "",
            "Name": hand.firm_name(dice, firm, form=0.5, capitals=0.1, damage=0.14, trade=0.5),
            "Type": dice.pick(("Customer", "Customer", "Prospect", "Partner", "")),
            "BillingStreet": v.address.street,
            "BillingCity": v.address.city,
            "BillingState": v.address.region,
            "BillingPostalCode": v.address.postal_code,
            "BillingCountry": v.address.country,
            "Phone": v.phone,
            "Industry": firm.industry if dice.chance(0.6) else "",
            "Description": self._remark(),
            "NumberOfEmployees": str(dice.between(2, 900)) if dice.chance(0.3) else "",
            "Identificaci_n_Fiscal__c": v.tax,
            "Correo_de_Facturaci_n__c": v.email if dice.chance(0.4) else "",
            "L_nea_de_Cr_dito__c": str(dice.between(1, 90) * 10_000) if dice.chance(0.2) else "",
            **self._audit(s),
        }
        if v.address.district and row["BillingStreet"]:
            row["BillingStreet"] += f"\n{v.address.district}"
        if "domain" in s.shows and firm.domain:
            row["Website"] = dice.pick(("www.{}", "https://www.{}", "http://{}/", "{}")).format(firm.domain)
        if firm.legal_form and not firm.parent and (firm.trade_name or dice.chance(0.5)):
            row["Raz_n_Social__c"] = f"{firm.name} {dice.pick(firm.legal_form.forms)}"
        if firm.parent and firm.parent.key in self.account_of:
            row["ParentId"] = self.account_of[firm.parent.key].record_id
        self.book.note(SOURCE, "account", s.record_id, ORGANISATION, firm.key, f"{FILE}!Account.csv")
        return row

    def _contact(self, s: PersonSighting) -> dict[str, str]:
        dice, person = self.dice, s.person
        name, v, master = hand.person_name(dice, person, _HABIT), values.of_person(dice, s, _CARE), s.merged_into
        row = {
            "Id": s.record_id,
            "IsDeleted": _flag(master is not None or s.deleted),
            "MasterRecordId": master.record_id if master else "",
            "LastName": name.family,
            "FirstName": name.given,
            "Salutation": name.honorific,
            "MiddleName": name.middle,
            "MailingStreet": v.address.street,
            "MailingCity": v.address.city,
            "MailingState": v.address.region,
            "MailingPostalCode": v.address.postal_code,
            "MailingCountry": v.address.country,
            "Phone": v.phone,
            "MobilePhone": v.mobile,
            "Email": v.email,
            "Title": person.title if dice.chance(0.8) else "",
            "LeadSource": dice.pick(("Web", "Referido", "Feria", "Llamada", "")),
            "Birthdate": v.birth.isoformat() if v.birth else "",
            "Description": self._remark(),
            "HasOptedOutOfEmail": _flag(s.no_email),
            "HasOptedOutOfFax": "false",
            "DoNotCall": _flag(s.no_calls),
            "Identificaci_n_Fiscal__c": v.tax,
            "Colonia__c": v.address.district,
            **self._audit(s),
        }
        if not person.employer and v.phone:
            row["HomePhone"], row["Phone"] = (v.phone, "") if dice.chance(0.4) else ("", v.phone)
        if dice.chance(0.5):
            row["LastActivityDate"] = f"{s.modified:%Y-%m-%d}"
        if v.email and dice.chance(0.03):
            row["EmailBouncedReason"], row["EmailBouncedDate"] = "550 5.1.1 user unknown", _stamp(s.modified)
        if person.employer and "landline" in s.shows:
            row["Tel_fono_Directo__c"] = hand.phone(dice, person.landline, mobile=False)
        account = self.account_of.get(person.employer.key) if person.employer else None
        if account:
            # now and then the account was deleted for good and the reference dangles
            row["AccountId"] = account.record_id if dice.chance(0.99) else full_id("0015f0000ZZZZ" + dice.digits("##"))
            if dice.chance(0.08):
                row["Cuenta_de_Facturaci_n__c"] = account.record_id[:15]
        self.book.note(SOURCE, "contact", s.record_id, PERSON, person.key, f"{FILE}!Contact.csv")
        return row

    def _lead(self, s: PersonSighting) -> dict[str, str]:
        dice, person, firm = self.dice, s.person, s.person.employer
        name, v = hand.person_name(dice, person, _WEB_HABIT), values.of_person(dice, s, _CARE)
        row = {
            "Id": s.record_id,
            "IsDeleted": "false",
            "LastName": name.family,
            "FirstName": name.given,
            "Salutation": name.honorific,
            "Title": person.title if dice.chance(0.5) else "",
            "Company": dice.pick(hand.NO_COMPANY),
            "Street": v.address.street,
            "City": v.address.city,
            "State": v.address.region,
            "PostalCode": v.address.postal_code,
            "Country": v.address.country,
            "Phone": v.phone,
            "MobilePhone": v.mobile,
            "Email": v.email,
            "LeadSource": dice.pick(("Web", "Facebook", "Feria", "LinkedIn", "")),
            "Status": "Closed - Converted"
            if s.converted
            else dice.pick(("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted")),
            "HasOptedOutOfEmail": _flag(s.no_email),
            "IsConverted": _flag(s.converted is not None),
            **self._audit(s),
            # the web form of the US agency: month first
            "Fecha_de_Nacimiento__c": f"{v.birth.month}/{v.birth.day}/{v.birth.year}" if v.birth else "",
            "A_o_de_Compra__c": str(dice.between(2022, 2027)) if dice.chance(0.2) else "",
        }
        if firm:
            row["Company"] = hand.firm_name(dice, firm, form=0.25, capitals=0.1, damage=0.1, trade=0.3)
            known_by_domain = firm.tells_apart or firm.trade_name is not None
            row["City"], row["Country"] = hand.city(dice, firm.address), COUNTRY_NAME[firm.country]
            if firm.domain and (known_by_domain or dice.chance(0.6)):
                row["Website"] = dice.pick(("www.{}", "{}", "https://{}")).format(firm.domain)
            row["Industry"] = firm.industry if dice.chance(0.3) else ""
            self.book.note(SOURCE, "lead", s.record_id, ORGANISATION, firm.key, f"{FILE}!Lead.csv")
        if s.converted:
            row["ConvertedContactId"] = s.converted.record_id
            row["ConvertedDate"] = f"{s.modified:%Y-%m-%d}"
            if firm and firm.key in self.account_of:
                row["ConvertedAccountId"] = self.account_of[firm.key].record_id
        self.book.note(SOURCE, "lead", s.record_id, PERSON, person.key, f"{FILE}!Lead.csv")
        return row

    def _junk(self) -> list[dict[str, str]]:
        """Test rows and robots: each its own stranger."""
        dice, rows = self.dice, []
        for n in range(40):
            first, last, email = dice.pick(_JUNK_LEADS)
            moment = _stamp(dice.moment(datetime(2021, 1, 1), TODAY))
            record_id = full_id(f"00Q5f00000zz{n:03d}")
            rows.append(
                {
                    "Id": record_id,
                    "IsDeleted": "false",
                    "LastName": last,
                    "FirstName": first,
                    "Company": dice.pick(("test", "Prueba", "N/A", "-", "xxx")),
                    "Email": email,
                    "Phone": dice.pick(hand.NO_PHONE),
                    "Status": "Open - Not Contacted",
                    "HasOptedOutOfEmail": "false",
                    "IsConverted": "false",
                    "OwnerId": self.users[0],
                    "CreatedDate": moment,
                    "LastModifiedDate": moment,
                    "SystemModstamp": moment,
                }
            )
            self.book.note(SOURCE, "lead", record_id, PERSON, self.book.stranger(), f"{FILE}!Lead.csv")
        return rows
