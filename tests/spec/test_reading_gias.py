"""GIAS edubasealldata as it comes: types, needs, section 41, dates; and what the council added to a setting is not wiped by the register."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

from loading import desk_without_marts

from data.load import preview

HEADER = next(
    csv.reader(
        [
            "URN|LA (code)|LA (name)|EstablishmentNumber|EstablishmentName|TypeOfEstablishment (code)|TypeOfEstablishment (name)|"
            "EstablishmentTypeGroup (code)|EstablishmentTypeGroup (name)|EstablishmentStatus (code)|EstablishmentStatus (name)|"
            "ReasonEstablishmentOpened (code)|ReasonEstablishmentOpened (name)|OpenDate|ReasonEstablishmentClosed (code)|"
            "ReasonEstablishmentClosed (name)|CloseDate|PhaseOfEducation (code)|PhaseOfEducation (name)|StatutoryLowAge|StatutoryHighAge|Boarders (code)|"
            "Boarders (name)|NurseryProvision (name)|OfficialSixthForm (code)|OfficialSixthForm (name)|Gender (code)|Gender (name)|"
            "ReligiousCharacter (code)|ReligiousCharacter (name)|ReligiousEthos (name)|Diocese (code)|Diocese (name)|AdmissionsPolicy (code)|"
            "AdmissionsPolicy (name)|SchoolCapacity|SpecialClasses (code)|SpecialClasses (name)|CensusDate|NumberOfPupils|NumberOfBoys|NumberOfGirls|"
            "PercentageFSM|TrustSchoolFlag (code)|TrustSchoolFlag (name)|Trusts (code)|Trusts (name)|SchoolSponsorFlag (name)|SchoolSponsors (name)|"
            "FederationFlag (name)|Federations (code)|Federations (name)|UKPRN|FEHEIdentifier|FurtherEducationType (name)|LastChangedDate|Street|"
            "Locality|Address3|Town|County (name)|Postcode|SchoolWebsite|TelephoneNum|HeadTitle (name)|HeadFirstName|HeadLastName|HeadPreferredJobTitle|"
            "BSOInspectorateName (name)|InspectorateReport|DateOfLastInspectionVisit|NextInspectionVisit|TeenMoth (name)|TeenMothPlaces|CCF (name)|"
            "SENPRU (name)|EBD (name)|PlacesPRU|FTProv (name)|EdByOther (name)|Section41Approved (name)|SEN1 (name)|SEN2 (name)|SEN3 (name)|SEN4 (name)|"
            "SEN5 (name)|SEN6 (name)|SEN7 (name)|SEN8 (name)|SEN9 (name)|SEN10 (name)|SEN11 (name)|SEN12 (name)|SEN13 (name)|"
            "TypeOfResourcedProvision (name)|ResourcedProvisionOnRoll|ResourcedProvisionCapacity|SenUnitOnRoll|SenUnitCapacity|GOR (code)|GOR (name)|"
            "DistrictAdministrative (code)|DistrictAdministrative (name)|AdministrativeWard (code)|AdministrativeWard (name)|"
            "ParliamentaryConstituency (code)|ParliamentaryConstituency (name)|UrbanRural (code)|UrbanRural (name)|GSSLACode (name)|Easting|Northing|"
            "MSOA (name)|LSOA (name)|InspectorateName (name)|SENStat|SENNoStat|BoardingEstablishment (name)|PropsName|PreviousLA (code)|"
            "PreviousLA (name)|PreviousEstablishmentNumber|Country (name)|UPRN|SiteName|QABName (code)|QABName (name)|EstablishmentAccredited (code)|"
            "EstablishmentAccredited (name)|QABReport|CHNumber|MSOA (code)|LSOA (code)|FSM|AccreditationExpiryDate"
        ],
        delimiter="|",
    )
)
ASD, SEMH, NONE = "ASD - Autistic Spectrum Disorder", "SEMH - Social, Emotional and Mental Health", "Not Applicable"

Extract = dict[str, str]


def school(urn: str, kind: str, name: str = "A School", **cells: str) -> Extract:
    """One invented establishment; cells by a short name are put under the register's own."""
    short = {"section41": "Section41Approved (name)", "low": "StatutoryLowAge", "high": "StatutoryHighAge", "capacity": "SchoolCapacity"}
    short |= {f"sen{n}": f"SEN{n} (name)" for n in range(1, 14)}
    row = {"URN": urn, "EstablishmentName": name, "TypeOfEstablishment (code)": kind, "EstablishmentStatus (name)": "Open"}
    return row | {short.get(key, key): value for key, value in cells.items()}


def extract(*schools: Extract, encoding: str = "cp1252") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, HEADER, restval="")
    writer.writeheader()
    writer.writerows(schools)
    return out.getvalue().encode(encoding)


REGISTER = (
    school(
        "800001", "10", "St Zoë’s School", section41="Approved", low="7", high="19", capacity="84", sen1=ASD, sen2=SEMH, sen3=NONE, OpenDate="01-09-2011",
        Postcode="CT1 2AB", Easting="615000", Northing="158000", PropsName="Zoë Schools Limited", HeadLastName="Headcanary",
    ),
    school("800002", "08", "Elm Trust School", section41="Not applicable", sen1=ASD, sen13="OTH - Other Difficulty/Disability"),
    school("800003", "32", "Oak College", section41="Not approved", sen1="SpLD - Specific Learning Difficulty"),
    school("800004", "7", CloseDate="31-08-2024", OpenDate="09-04-1968"),
    school("800005", "12"),
    school("800006", "33"),
    school("800007", "44"),
    school("800008", "36"),
    school("800009", "1", sen1="XYZ - Something new", sen2=ASD),
    school("800010", "18"),
    school("800011", "11", sen1="VI - Visual Impairment", sen2="VI - Vision Impairment"),
    school("800012", "8", sen1="DS - Down Syndrome"),
)  # fmt: skip


def test_a_register_of_twelve_is_read_column_by_column(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        report = desk.load(extract(*REGISTER))
        assert (report.source, report.rows_in, report.accepted, report.quarantined) == ("settings", 12, 12, 0)
        assert desk.rows("SELECT profile FROM meta_batch") == [("gias",)]
        kinds = dict(desk.rows("SELECT urn, setting_type FROM raw_settings"))
        special = {"800001": "ISS", "800002": "NMSS", "800003": "SPI", "800012": "NMSS"}
        assert kinds == {**dict.fromkeys(("800009", "800010", "800011"), "OTH"), **dict.fromkeys((f"80000{n}" for n in range(4, 9)), "MSS"), **special}
        needs = dict(desk.rows("SELECT urn, needs FROM raw_settings WHERE needs <> ''"))
        assert needs == {"800001": "ASD;SEMH", "800002": "ASD;OTH", "800003": "SPLD", "800009": "ASD", "800011": "VI", "800012": "DS"}
        assert dict(desk.rows("SELECT urn, section41 FROM raw_settings WHERE section41 IS NOT NULL")) == {"800001": True, "800003": False}
        first = "SELECT setting_name, provider, postcode, easting, northing, capacity, age_low, age_high, opened FROM raw_settings WHERE urn = '800001'"
        assert desk.rows(first) == [("St Zoë’s School", "Zoë Schools Limited", "CT1 2AB", 615000, 158000, 84, 7, 19, date(2011, 9, 1))]
        assert desk.rows("SELECT opened, closed FROM raw_settings WHERE urn = '800004'") == [(date(1968, 4, 9), date(2024, 8, 31))]


def test_an_unknown_type_of_need_is_left_out_with_a_warning(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        report = desk.load(extract(*REGISTER))
        (warned,) = [w for w in report.warnings if w["code"] == "value_unknown"]
        assert (warned["column"], warned["count"], warned["rows"]) == ("needs", 1, [10])
        assert "'XYZ - Something new'" in warned["message"]
        assert "columns_ignored" not in {w["code"] for w in report.warnings}  # a register has a hundred columns more, as everyone knows


def test_what_the_council_added_to_a_setting_stays_when_the_register_comes(tmp_path: Path) -> None:
    own = (
        "urn,setting_name,setting_type,provider_group,capacity,places_offered,residence,section41_from\n"
        "800001,Old name,ISS,Big Group,80,12,day;38wk,2015-09-01\n"
    )
    with desk_without_marts(tmp_path) as desk:
        desk.load(own)
        assert desk.load(extract(*REGISTER[:2])).accepted == 2
        kept = "SELECT setting_name, capacity, provider_group, places_offered, residence, section41_from FROM stg_setting WHERE urn = '800001'"
        assert desk.rows(kept) == [("St Zoë’s School", 84, "Big Group", 12, "day;38wk", date(2015, 9, 1))]
        assert desk.rows("SELECT places_offered FROM stg_setting WHERE urn = '800002'") == [(None,)]
        assert desk.rows("SELECT count(*) FROM raw_settings WHERE urn = '800001'") == [(2,)]  # the council's own version is still there


def test_the_next_extract_with_nothing_new_for_a_setting_is_a_duplicate_after_carrying_forward(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        desk.load("urn,setting_name,setting_type,places_offered\n800002,Elm,NMSS,5\n")
        desk.load(extract(*REGISTER[:2]))
        later = desk.load(extract(*REGISTER[:3]))
        assert (later.accepted, later.duplicates) == (1, 2)


def test_a_column_that_the_extract_does_not_have_is_kept_too(tmp_path: Path) -> None:
    short = "URN,EstablishmentName,TypeOfEstablishment (code),EstablishmentStatus (name)\n800001,Renamed,10,Open\n"
    with desk_without_marts(tmp_path) as desk:
        desk.load(extract(*REGISTER[:1]))
        assert desk.load(short).accepted == 1
        assert desk.rows("SELECT setting_name, needs, section41, capacity FROM stg_setting") == [("Renamed", "ASD;SEMH", True, 84)]


def test_the_preview_says_which_columns_are_collected(tmp_path: Path) -> None:
    path = tmp_path / "edubasealldata20260331.csv"
    path.write_bytes(extract(*REGISTER[1:], encoding="iso-8859-1"))
    shown = preview(path)
    origins = {column["column"]: column["from"] for column in shown.columns}
    assert (shown.source, shown.profile, len(shown.rows)) == ("settings", "gias", 11)
    assert origins["needs"].startswith("SEN1 (name) and SEN2 (name)")
    assert origins["places_offered"] == ""


def test_no_head_teacher_reaches_the_store(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        desk.load(extract(*REGISTER))
        desk.store.acknowledge()
        assert b"Headcanary" not in desk.db.read_bytes()
