"""Test files that run for every change, that are slow, or of which a third is enough twice."""

from __future__ import annotations

from zlib import crc32

A_THIRD = frozenset(
    """
    test_algorithm_runs test_alternatives test_causes test_check_base test_check_base_found
    test_check_factories test_check_hosts test_check_lfs test_check_markdown test_check_policy
    test_check_saved_baseline test_cli_exit_codes test_factory_limits
    test_check_repair test_check_weakened test_cli_algorithms test_cli_alternatives
    test_cli_bounds test_cli_compare test_cli_expand test_cli_expand_folded test_cli_explain
    test_cli_fits test_cli_names test_cli_rf test_cli_says test_cli_screen test_cli_specs
    test_cli_words test_compare test_edits test_environments test_explain test_explain_requirements
    test_explain_sentences test_field test_fields_through_graphs test_fit test_fits
    test_fuzz_finds test_fuzz_many test_fuzz_oracles test_growth test_history test_kept_rows
    test_layer_names test_lint_evidence test_lint_specs test_low_terminals test_memory
    test_memory_needed test_mutate test_ops test_peers test_published_tables test_ranks
    test_results test_rows_are_analyses test_spec_scale test_torch test_trained test_traits
    test_verify test_verify_faults test_verify_random test_work
    """.split()  # noqa: SIM905 - a list would be a screen long
)
"""Slow files about what convcost counts and says: dependencies read the text or add the arrays, and
have tests of their own. All of them run with the newest dependencies, a third with the oldest."""

WHOLE = frozenset(
    """
    test_action test_analyze_folder test_api test_attention test_browser test_browser_commands
    test_browser_compare test_browser_pictures test_check_budget test_check_formats
    test_check_tighten test_cli_every_format test_cli_exit test_cli_expand_onnx
    test_cli_formats test_cli_metrics test_cli_onnx test_cli_output test_cli_schema
    test_cli_schema_output test_cli_startup test_cli_worked_examples test_cluster test_docs
    test_formats test_kernels_counting test_kernels_nan test_onnx_backend
    test_onnx_conformance_lines test_onnx_conformance_said test_onnx_fields test_onnx_hostile
    test_onnx_models test_onnx_one_node_elementwise test_onnx_one_node_norms
    test_onnx_one_node_products test_onnx_one_node_shapes test_onnx_sampling test_processes
    test_sdist test_site test_spec_hostile test_spec_language test_spec_parsers
    test_to_onnx_files test_to_onnx_networks test_to_onnx_ops test_to_onnx_values
    test_onnx_defaults test_watch_browser
    """.split()  # noqa: SIM905 - a list would be a screen long
)
"""Slow files about what a dependency does: its arrays, files, text and terminals, and what it
prints. They run whole with the oldest dependencies too."""

FAST = frozenset(
    """
    test_allowance test_analysis_cost test_analysis_field test_axes
    test_bar test_catalogue test_change test_cli_depth test_cli_golden test_cli_table
    test_deployed test_devices test_dilation test_fields_by_hand test_involution
    test_kernels_conv test_kernels_deform test_kernels_elementwise test_kernels_norm
    test_lint_rules test_local test_metrics test_network test_number test_number_columns
    test_onnx_few_bits test_onnx_fused test_onnx_graph test_onnx_sizes test_op_fields
    test_op_sentences test_packaging test_position_paths test_probe test_pt2_said
    test_recurrent test_reference_fields test_reference_row test_saved_of_ops
    test_slow_files test_spec_expression test_spec_library test_spec_network
    test_spec_other_words test_sums test_times test_training test_window
    """.split()  # noqa: SIM905 - a list would be a screen long
)
"""Some files of each room, for every change: ``--fast`` reads them alone, and runs of them what is
not slow, in less than 10 s of two cores."""

SLOW = A_THIRD | WHOLE
"""Files that take more than a second or two of an idle core; drawn examples left aside."""


def in_third(name: str) -> bool:
    """Whether a test is of the third that runs: by its name, so that others change nothing."""
    return crc32(name.encode()) % 3 == 0
