/** The Python that carries out one program: the same words on its outputs, whichever interpreter runs it. */

/** Defines `execute(source, namespace)`, which returns an exit status. Needs `ast` and `sys`; indented by one level. */
export const EXECUTE = `
    def is_print(node):
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == 'print'

    def compiled(source):
        # As the paper's tool does: a last expression is printed unless it is a call of print.
        tree = ast.parse(source, '<string>')
        last = tree.body[-1] if tree.body else None
        if isinstance(last, ast.Expr) and not is_print(last.value):
            name = ast.copy_location(ast.Name('print', ast.Load()), last)
            last.value = ast.copy_location(ast.Call(name, [last.value], []), last)
        return compile(tree, '<string>', 'exec', dont_inherit=True)

    def show(error, traceback):
        error = error.with_traceback(traceback)
        try:
            sys.excepthook(type(error), error, traceback)
        except BaseException:
            sys.__excepthook__(type(error), error, traceback)

    def exit_status(request):
        if request is None:
            return 0
        if isinstance(request, int):
            return request & 255
        print(request, file=sys.stderr)
        return 1

    def execute(source, namespace):
        try:
            code = compiled(source)
        except BaseException as error:
            show(error, None)
            return 1
        try:
            exec(code, namespace)
            return 0
        except SystemExit as request:
            return exit_status(request.code)
        except BaseException as error:
            show(error, error.__traceback__.tb_next)
            return 1
`;
