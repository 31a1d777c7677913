"""Accepted tests as pytest files in the user's project.

    where = layout.place(source_path, files, pyproject, template)
    style = layout.style(files, pyproject, ruff)
    blocks, unwritten = render.render(accepted, where.path, where.module, style)
    before = write.read(where.path, root)
    plan = merge.plan(blocks, before, functions, style, path=where.path, prune=prune)
    merge.diff(plan)                                        # what would change
    write.write(plan.path, plan.text, root, plan.before)    # the only effect

Several source files may share one test file (a template can say so): their blocks and functions go into one plan.
"""
