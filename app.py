"""The dashboard's entrance: which pages there are. Each page guards itself."""

import streamlit as st

# No icons: Streamlit would fetch a page's icon from another host to show it in the browser's tab.
PAGES = {"overview": "Overview", "spend": "Spend", "providers": "Providers", "contracts": "Contracts", "intake": "Intake"}

st.set_page_config(page_title="Special-school placements", layout="wide")
st.navigation([st.Page(f"pages/{name}.py", title=title, default=name == "overview") for name, title in PAGES.items()]).run()
