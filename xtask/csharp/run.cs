// Compiles C# by Roslyn and runs what comes of it, within another program of .NET: `cargo xtask soak csharp` has no `dotnet`, and says by
// DOTNET_STARTUP_HOOKS that this is called before that program's own beginning. Mono's compiler makes it, which knows nothing of Roslyn:
// so Roslyn is asked by name.
using System;
using System.Collections;
using System.IO;
using System.Linq;
using System.Reflection;

internal class StartupHook {
    const BindingFlags Made = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static;
    static readonly string Roslyn = Environment.GetEnvironmentVariable("CSHARP_ROSLYN");

    public static void Initialize() {
        AppDomain.CurrentDomain.AssemblyResolve += (_, asked) => Load(new AssemblyName(asked.Name).Name);
        var compilation = Call("CSharp.CSharpCompilation", null, "Create", "tried", Sources(), Libraries(), Options());
        var program = new MemoryStream();
        var result = Call("Compilation", compilation, "Emit", program);
        foreach (var said in (IEnumerable)Get(result, "Diagnostics"))
            if (Get(said, "Severity").ToString() != "Hidden") Console.Error.WriteLine(said);
        if (!(bool)Get(result, "Success")) Environment.Exit(1);
        Assembly.Load(program.ToArray()).EntryPoint.Invoke(null, new object[] { new string[0] });
        Environment.Exit(0);
    }

    static Array Sources() {
        var files = Environment.GetEnvironmentVariable("CSHARP_FILES").Split('\n');
        return Each("SyntaxTree", files.Select(file => Call("CSharp.CSharpSyntaxTree", null, "ParseText", File.ReadAllText(file), null, file)));
    }

    static Array Libraries() {
        var files = Directory.GetFiles(Environment.GetEnvironmentVariable("CSHARP_LIBRARIES"), "*.dll");
        return Each("MetadataReference", files.Select(file => Call("MetadataReference", null, "CreateFromFile", file)));
    }

    static object Options() {
        var make = Named("CSharp.CSharpCompilationOptions").GetConstructors().OrderBy(one => one.GetParameters().Length).Last();
        return make.Invoke(make.GetParameters().Select(parameter =>
            parameter.Name == "outputKind" ? Enum.Parse(parameter.ParameterType, "ConsoleApplication")
            : parameter.Name == "nullableContextOptions" ? Enum.Parse(parameter.ParameterType, "Enable")
            : Default(parameter)).ToArray());
    }

    static Assembly Load(string name) {
        var file = Path.Combine(Roslyn, name + ".dll");
        return File.Exists(file) ? Assembly.LoadFrom(file) : null;
    }

    static Type Named(string name) {
        return Load("Microsoft.CodeAnalysis" + (name.StartsWith("CSharp.") ? ".CSharp" : "")).GetType("Microsoft.CodeAnalysis." + name, true);
    }

    static object Get(object of, string name) {
        return of.GetType().GetProperty(name).GetValue(of);
    }

    static Array Each(string type, System.Collections.Generic.IEnumerable<object> of) {
        var all = of.ToArray();
        var typed = Array.CreateInstance(Named(type), all.Length);
        all.CopyTo(typed, 0);
        return typed;
    }

    // Of those that take what is given, the one that asks for least besides.
    static object Call(string type, object self, string name, params object[] given) {
        var method = Named(type).GetMethods(Made).Where(one => one.Name == name && one.IsStatic == (self == null)).Where(one => {
            var asked = one.GetParameters();
            return asked.Length >= given.Length && asked.Skip(given.Length).All(parameter => parameter.IsOptional)
                && asked.Zip(given, (parameter, value) => value == null || parameter.ParameterType.IsInstanceOfType(value)).All(fits => fits);
        }).OrderBy(one => one.GetParameters().Length).First();
        return method.Invoke(self, given.Concat(method.GetParameters().Skip(given.Length).Select(Default)).ToArray());
    }

    static object Default(ParameterInfo parameter) {
        var (type, value) = (parameter.ParameterType, parameter.DefaultValue);
        if (value == null || value == DBNull.Value) return type.IsValueType ? Activator.CreateInstance(type) : null;
        return type.IsEnum ? Enum.ToObject(type, value) : value;
    }
}
