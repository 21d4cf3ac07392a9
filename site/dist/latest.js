(()=>{var{to:t}=document.currentScript.dataset;location.replace(t+location.search+location.hash);})();
