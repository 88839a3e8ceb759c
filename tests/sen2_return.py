"""A made-up SEN2 return: children written as its tables, and as its XML message, so that a test reads both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

TABLES = {
    "person": "persontableid,NativeId,sourceid,sen2tableid,surname,forename,personbirthdate,sex,ethnicity,postcode,upn,uniquelearnernumber",
    "requests": "requeststableid,persontableid,receiveddate,rya,requestoutcomedate,requestoutcome",
    "assessment": "assessmenttableid,requeststableid,assessmentoutcome,assessmentoutcomedate,week20",
    "namedplan": "namedplantableid,assessmenttableid,startdate,planres,planwbp,pb,ceasedate,ceasereason",
    "plandetail": "plandetailtableid,namedplantableid,urn,ukprn,sensetting,sensettingother,placementrank",
    "activeplans": "activeplanstableid,requeststableid,transferla,reviewmeeting,reviewoutcome,lastreview",
    "placementdetail": "placementdetailtableid,activeplanstableid,res,wbp,urn,ukprn,sensetting,sensettingother,placementrank,entrydate,leavingdate",
    "senneed": "senneedtableid,activeplanstableid,sentype,sentyperank",
}
HEAD = "sen2tableid,collection,year,referencedate,sourcelevel,lea"


@dataclass(frozen=True)
class Place:
    """One placement detail."""

    urn: str = "700001"
    entry: str = "2024-09-01"
    leaving: str = ""
    rank: str = "1"
    res: str = ""
    setting: str = ""
    ukprn: str = ""


@dataclass(frozen=True)
class Kid:
    """One child with a plan; everything that names it is made up, and must not be found anywhere afterwards."""

    number: int
    born: str = "2014-02-17"
    start: str = "2020-09-01"
    ceased: str = ""
    reason: str = ""
    needs: Sequence[str] = ("ASD",)
    places: Sequence[Place] = field(default_factory=lambda: (Place(),))

    @property
    def surname(self) -> str:
        return f"Canarysurname{self.number}"

    @property
    def forename(self) -> str:
        return f"Canaryforename{self.number}"

    @property
    def upn(self) -> str:
        return f"A8869{self.number:07d}Z"

    @property
    def postcode(self) -> str:
        return f"QX{self.number} 9ZZ"


def tables(kids: Sequence[Kid], year: str = "2026", la: str = "886", reference: str = "2026-01-15", head: bool = True) -> dict[str, str]:
    """The return as table files, by name."""
    rows: dict[str, list[str]] = {name: [header] for name, header in TABLES.items()}
    for kid in kids:
        n = kid.number
        rows["person"].append(f"{n},x{n},77,1,{kid.surname},{kid.forename},{kid.born},F,WBRI,{kid.postcode},{kid.upn},90000{n:05d}")
        rows["requests"].append(f"R{n},{n},2019-09-01,0,2019-10-01,Y")
        rows["assessment"].append(f"A{n},R{n},Y,2019-12-01,0")
        rows["namedplan"].append(f"N{n},A{n},{kid.start},,,0,{kid.ceased},{kid.reason}")
        rows["plandetail"].append(f"L{n},N{n},700001,,,,1")
        if kid.needs or kid.places:
            rows["activeplans"].append(f"P{n},R{n},,,,2025-06-01")
        rows["senneed"] += [f"S{n}{i},P{n},{need},{i}" for i, need in enumerate(kid.needs, 1)]
        for i, p in enumerate(kid.places, 1):
            rows["placementdetail"].append(f"D{n}{i},P{n},{p.res},,{p.urn},{p.ukprn},{p.setting},,{p.rank},{p.entry},{p.leaving}")
    found = {name: "\n".join(lines) + "\n" for name, lines in rows.items()}
    return found | ({"sen2": f"{HEAD}\n1,SEN2,{year},{reference},L,{la}\n"} if head else {})


def message(kids: Sequence[Kid], year: str = "2026", la: str = "886", reference: str = "2026-01-15") -> str:
    """The same return as its XML message."""
    head = (
        f"<Header><CollectionDetails><Collection>SEN2</Collection><Year>{year}</Year><ReferenceDate>{reference}</ReferenceDate></CollectionDetails>"
        f"<Source><SourceLevel>L</SourceLevel><LEA>{la}</LEA><SoftwareCode>Made up</SoftwareCode></Source></Header>"
    )
    return f'<?xml version="1.0" encoding="utf-8"?>\n<Message>\n{head}\n<Persons>\n' + "".join(map(_person, kids)) + "</Persons>\n</Message>\n"


def _person(kid: Kid) -> str:
    ended = f"<CeaseDate>{kid.ceased}</CeaseDate><CeaseReason>{kid.reason}</CeaseReason>" if kid.ceased else ""
    needs = "".join(f"<SENneed><SENtype>{need}</SENtype><SENtypeRank>{i}</SENtypeRank></SENneed>\n" for i, need in enumerate(kid.needs, 1))
    active = f"<ActivePlans>\n{''.join(map(_place, kid.places))}{needs}</ActivePlans>\n" if kid.needs or kid.places else ""
    return (
        f"<Person><Surname>{kid.surname}</Surname><Forename>{kid.forename}</Forename><PersonBirthDate>{kid.born}</PersonBirthDate>"
        f"<PostCode>{kid.postcode}</PostCode><UPN>{kid.upn}</UPN>\n<Requests><ReceivedDate>2019-09-01</ReceivedDate>\n"
        f"<Assessment><AssessmentOutcome>Y</AssessmentOutcome>\n<NamedPlan><StartDate>{kid.start}</StartDate>"
        f"<PlanDetail><URN>700001</URN><PlacementRank>1</PlacementRank></PlanDetail>{ended}</NamedPlan></Assessment>\n{active}</Requests></Person>\n"
    )


def _place(p: Place) -> str:
    setting = f"<URN>{p.urn}</URN>" if p.urn else f"<UKPRN>{p.ukprn}</UKPRN>" if p.ukprn else f"<SENsetting>{p.setting}</SENsetting>"
    left = f"<LeavingDate>{p.leaving}</LeavingDate>" if p.leaving else ""
    return f"<PlacementDetail>{setting}<PlacementRank>{p.rank}</PlacementRank><EntryDate>{p.entry}</EntryDate>{left}<RES>{p.res}</RES></PlacementDetail>\n"
