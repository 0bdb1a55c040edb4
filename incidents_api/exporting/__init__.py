"""Out again: the knowledge base, or what a query chooses of it, as a file of a usual format.

Whatever the format, an export shows one state of the base, however long it takes and whatever is
written meanwhile: it is read in many short reads that are pinned to the number of one transaction.
Each format is one module and one line of the table in :mod:`incidents_api.exporting.formats`.
"""
