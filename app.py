"""The dashboard's entrance: which pages there are. Each page guards itself."""

import streamlit as st

PAGES = (
    ("overview", "Overview", ":material/dashboard:"),
    ("spend", "Spend", ":material/payments:"),
    ("providers", "Providers", ":material/school:"),
    ("contracts", "Contracts", ":material/contract:"),
    ("intake", "Intake", ":material/upload_file:"),
)

st.set_page_config(page_title="Special-school placements", layout="wide")
st.navigation([st.Page(f"pages/{name}.py", title=title, icon=icon, default=name == "overview") for name, title, icon in PAGES]).run()
