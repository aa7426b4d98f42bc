package io.mainstay.deploy;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a script that completes the command line in bash or zsh. */
@Command(
        name = "completion",
        description = "Print a completion script: `source <(./mainstay completion bash)`, or zsh.")
final class CompletionVerb implements Runnable {
    /** Shells that the script works in; zsh reads bash's form after bashcompinit, which the script calls itself. */
    enum Shell {
        bash,
        zsh
    }

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1", paramLabel = "bash|zsh", description = "The shell: ${COMPLETION-CANDIDATES}.")
    private Shell shell;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and do nothing.")
    private boolean help;

    @Override
    public void run() {
        String script = AutoComplete.bash("mainstay", spec.root().commandLine());
        String own = script.replace(
                "complete -F _complete_mainstay -o default mainstay mainstay.sh mainstay.bash",
                "complete -F _complete_mainstay -o default mainstay ./mainstay");
        if (shell == Shell.zsh) {
            spec.commandLine().getOut().println("autoload -Uz compinit bashcompinit && compinit -u && bashcompinit");
        }
        spec.commandLine().getOut().print(own);
        spec.commandLine().getOut().flush();
    }
}
